// SPDX-License-Identifier: ISC
#include <initializer_list>

#include "scripts/stats_report.h"

namespace stats {

namespace {

using std::string;
using std::string_view;

using Labels = std::initializer_list<std::pair<string_view, string_view>>;

string quoted(string_view text) {
  string value;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') value += '\\';
    value += c;
  }
  return '"' + value + '"';
}

class Metrics {
 public:
  void begin(string_view name, string_view type, string_view help) {
    name_ = "popchain_" + string(name);
    text_ += "# HELP " + name_ + ' ' + string(help) + "\n# TYPE " + name_ + ' ' + string(type) + '\n';
  }
  void add(const string& value, Labels labels = {}, string_view suffix = "") {
    text_ += name_ + string(suffix);
    string list;
    for (const auto& [label, word] : labels)
      list += (list.empty() ? "" : ",") + string(label) + '=' + quoted(word);
    text_ += (list.empty() ? "" : '{' + list + '}') + ' ' + value + '\n';
  }
  void add(std::uint64_t value, Labels labels = {}, string_view suffix = "") {
    add(std::to_string(value), labels, suffix);
  }

  void count(string_view name, string_view help, std::uint64_t value) {
    begin(name, "counter", help);
    add(value);
  }
  void gauge(string_view name, string_view help, std::uint64_t value) {
    begin(name, "gauge", help);
    add(value);
  }
  void by_word(string_view name, string_view help, string_view label, const Words& words) {
    begin(name, "counter", help);
    for (const auto& [word, count] : words.all()) add(count, {{label, word}});
  }
  string take() { return std::move(text_); }

 private:
  string text_, name_;
};

string in_seconds(std::uint64_t ms) {
  const auto fraction = std::to_string(ms % 1000);
  return std::to_string(ms / 1000) + '.' + string(3 - fraction.size(), '0') + fraction;
}

constexpr std::pair<double, string_view> quantiles[] = {
    {0.5, "0.5"}, {0.9, "0.9"}, {0.95, "0.95"}, {0.99, "0.99"}, {1, "1"}};

void add_times(Metrics& metrics, const Tally& tally) {
  metrics.begin("session_seconds", "summary",
                "From login to the end of the session, by the times of the log's lines.");
  for (const auto& [share, label] : quantiles)
    metrics.add(in_seconds(tally.session_ms.at(share)), {{"quantile", label}});
  metrics.add(in_seconds(tally.session_ms.sum()), {}, "_sum");
  metrics.add(tally.session_ms.count(), {}, "_count");
  if (tally.times.empty()) return;
  metrics.begin("time_seconds", "summary", "Times that the log's lines tell.");
  for (const auto& [name, times] : tally.times) {
    for (const auto& [share, label] : quantiles)
      metrics.add(in_seconds(times.at(share)), {{"what", name}, {"quantile", label}});
    metrics.add(in_seconds(times.sum()), {{"what", name}}, "_sum");
    metrics.add(times.count(), {{"what", name}}, "_count");
  }
}

void add_lines(Metrics& metrics, const Tally& tally) {
  metrics.begin("log_lines_total", "counter", "Lines of the log.");
  metrics.add(tally.events, {{"kind", "event"}});
  metrics.add(tally.other, {{"kind", "other"}});
  metrics.add(tally.malformed, {{"kind", "malformed"}});
  if (tally.first) {
    metrics.begin("log_first_timestamp_seconds", "gauge", "The earliest time in the log.");
    metrics.add(in_seconds(static_cast<std::uint64_t>(*tally.first)));
    metrics.begin("log_last_timestamp_seconds", "gauge", "The latest time in the log.");
    metrics.add(in_seconds(static_cast<std::uint64_t>(*tally.last)));
  }
}

}  // namespace

string report_metrics(const Tally& tally) {
  Metrics metrics;
  add_lines(metrics, tally);
  metrics.begin("logins_total", "counter", "Logins that passed.");
  for (const auto& [pair, count] : tally.logins.all()) {
    const auto [auth, tls] = split_pair(pair);
    metrics.add(count, {{"auth", auth}, {"tls", tls}});
  }
  metrics.by_word("logins_refused_total", "Logins that did not pass.", "reason", tally.refused);
  metrics.by_word("connections_without_login_total", "Connections that ended without a login.", "reason",
                  tally.ended);
  metrics.by_word("sessions_total", "Sessions that ended.", "reason", tally.sessions);
  metrics.count("messages_retrieved_total", "Messages sent whole.", tally.retrieved);
  metrics.count("messages_topped_total", "Messages of which the beginning was sent.", tally.topped);
  metrics.count("messages_deleted_total", "Messages removed.", tally.deleted);
  metrics.count("messages_wrong_size_total", "Messages sent whose size was not the one announced.",
                tally.wrong_sizes);
  metrics.count("octets_sent_total", "Octets of messages sent.", tally.octets);
  metrics.count("connections_accepted_total", "Connections that tcpserver let in.", tally.connections);
  metrics.count("connections_denied_total", "Connections that tcpserver denied.", tally.denied);
  metrics.gauge("connections_most", "The most connections at a time, by tcpserver's count.",
                tally.most_at_once);
  metrics.gauge("users", "Different users who logged in.", tally.users.size());
  metrics.gauge("addresses", "Different addresses that tried to.", tally.addresses.size());
  metrics.by_word("events_total", "Events of other kinds.", "event", tally.others);
  add_times(metrics, tally);
  return metrics.take();
}

}  // namespace stats
