// SPDX-License-Identifier: ISC
#include "scripts/stats_report.h"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <vector>

namespace stats {

namespace {

using std::string;
using std::string_view;

constexpr std::size_t first_column = 12;
constexpr std::size_t name_column = 40;

// 1234567 as "1,234,567".
string grouped(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

string padded(string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}
string right(const string& text, std::size_t width) {
  return text.size() < width ? string(width - text.size(), ' ') + text : text;
}

string seconds(std::uint64_t ms) {
  const auto fraction = std::to_string(ms % 1000);
  return grouped(ms / 1000) + '.' + string(3 - fraction.size(), '0') + fraction;
}

string headed(string_view head, const string& rest) {
  return padded(string(head), first_column) + rest + '\n';
}

// The words by their counts, the largest first.
std::vector<std::pair<string_view, std::uint64_t>> sorted(const Words& words) {
  std::vector<std::pair<string_view, std::uint64_t>> pairs(words.all().begin(), words.all().end());
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return pairs;
}

// "sum: word count, word count".
string line_of(string_view head, const Words& words) {
  string list;
  for (const auto& [word, count] : sorted(words))
    list += (list.empty() ? "   " : ", ") + printable(word.empty() ? "-" : word) + ' ' + grouped(count);
  return headed(head, grouped(words.sum()) + list);
}

// One of the two words of each pair, summed over the other.
Words one_of(const Words& pairs, bool is_first) {
  Words words;
  for (const auto& [pair, count] : pairs.all()) {
    const auto [a, b] = split_pair(pair);
    words.add(is_first ? a : b, count);
  }
  return words;
}

string span_of(const Tally& tally) {
  if (!tally.first) return "no times";
  const auto begin = *tally.first / 1000, end = *tally.last / 1000;
  return date_of(begin) + " to " + date_of(end) + ", " + grouped(static_cast<std::uint64_t>(end - begin)) +
         " seconds";
}

string shares(string_view head, const Histogram& times) {
  string line = padded(string(head), 24);
  for (const double share : {0.5, 0.9, 0.95, 0.99}) line += right(seconds(times.at(share)), 12);
  return line + right(seconds(times.most()), 12) + right(grouped(times.count()), 14) + '\n';
}

string times_of(const Tally& tally) {
  if (tally.session_ms.count() == 0 && tally.times.empty()) return {};
  string text = padded("\nseconds", 25);
  for (const char* head : {"50%", "90%", "95%", "99%", "most"}) text += right(head, 12);
  text += right("count", 14) + '\n';
  if (tally.session_ms.count() != 0) text += shares("session, login to end", tally.session_ms);
  for (const auto& [name, times] : tally.times) text += shares(printable(name), times);
  return text;
}

// The MOST entries of TABLE for which KEY gives most, if it gives more than 0; a column for each
// of COLUMNS.
template <typename Counts, typename Key>
string top(string_view head, const Table<Counts>& table, std::size_t most, Key key,
           std::initializer_list<std::pair<string_view, std::uint64_t Counts::*>> columns) {
  using Entry = const std::pair<const string, Counts>*;
  std::vector<Entry> entries;
  for (const auto& entry : table.names())
    if (key(entry.second) != 0) entries.push_back(&entry);
  const auto shown = std::min(most, entries.size());
  if (shown == 0) return {};
  std::partial_sort(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(shown), entries.end(),
                    [&](Entry a, Entry b) {
                      const auto of_a = key(a->second), of_b = key(b->second);
                      return of_a != of_b ? of_a > of_b : a->first < b->first;
                    });
  string text = '\n' + padded(string(head), name_column);
  for (const auto& column : columns) text += right(string(column.first), 16);
  text += '\n';
  for (std::size_t i = 0; i < shown; ++i) {
    auto name = printable(entries[i]->first);
    if (name.size() >= name_column) name = name.substr(0, name_column - 4) + "...";
    text += padded(name, name_column);
    for (const auto& column : columns) text += right(grouped(entries[i]->second.*column.second), 16);
    text += '\n';
  }
  return text;
}

string tables_of(const Tally& tally, std::size_t most) {
  const auto by = [](auto member) { return [member](const auto& counts) { return counts.*member; }; };
  string text;
  text += top("users, most sessions", tally.users, most, by(&UserCounts::sessions),
              {{"sessions", &UserCounts::sessions},
               {"messages", &UserCounts::messages},
               {"octets", &UserCounts::octets}});
  text += top("users, most octets", tally.users, most, by(&UserCounts::octets),
              {{"sessions", &UserCounts::sessions},
               {"messages", &UserCounts::messages},
               {"octets", &UserCounts::octets}});
  text += top("addresses, most sessions", tally.addresses, most, by(&AddressCounts::sessions),
              {{"sessions", &AddressCounts::sessions},
               {"refused", &AddressCounts::refused},
               {"octets", &AddressCounts::octets}});
  text += top("addresses, most refused", tally.addresses, most, by(&AddressCounts::refused),
              {{"refused", &AddressCounts::refused}, {"logins", &AddressCounts::logins}});
  text += top("names, most refused", tally.tried, most, by(&NameCounts::refused),
              {{"refused", &NameCounts::refused}});
  return text;
}

template <typename Counts>
string size_of(const Table<Counts>& table) {
  return (table.is_full() ? "more than " : "") + grouped(table.size());
}

}  // namespace

std::pair<string_view, string_view> split_pair(string_view pair) {
  const auto nul = pair.find('\0');
  if (nul == pair.npos) return {pair, {}};  // Words' "others"
  return {pair.substr(0, nul), pair.substr(nul + 1)};
}

string printable(string_view text) {
  string copy(text);
  for (char& c : copy)
    if (c < 0x20 || c > 0x7e) c = '?';
  return copy;
}

string date_of(std::int64_t second) {
  const std::time_t time = second;
  tm fields{};
  ::localtime_r(&time, &fields);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z", &fields)};
}

string report_text(const Tally& tally, std::size_t most) {
  string text = headed("time", span_of(tally));
  text += headed("lines", grouped(tally.lines) + "   events " + grouped(tally.events) + ", others " +
                              grouped(tally.other) + ", malformed " + grouped(tally.malformed));
  if (tally.connections + tally.denied + tally.most_at_once != 0)
    text += headed("tcpserver", grouped(tally.connections) + "   denied " + grouped(tally.denied) +
                                    ", most at a time " + grouped(tally.most_at_once));
  text += line_of("logins", one_of(tally.logins, true));
  const auto tls = one_of(tally.logins, false);
  text += line_of("  by TLS", tls);
  text += line_of("refused", tally.refused);
  text += line_of("no login", tally.ended);
  text += line_of("sessions", tally.sessions);
  text += headed("users", size_of(tally.users));
  text += headed("addresses", size_of(tally.addresses));
  text += headed("messages", grouped(tally.retrieved) + " retrieved, " + grouped(tally.topped) + " by TOP, " +
                                 grouped(tally.deleted) + " deleted, " + grouped(tally.wrong_sizes) +
                                 " of a wrong size");
  text += headed("octets", grouped(tally.octets));
  if (tally.others.sum() != 0) text += line_of("other", tally.others);
  return text + times_of(tally) + tables_of(tally, most);
}

}  // namespace stats
