// SPDX-License-Identifier: ISC
#include "maildir/old_uidls.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "maildir/name.h"
#include "maildir/uidl_map.h"

namespace maildir {

std::string_view OldUidls::unique_name(std::size_t i) const {
  return {text_.begin() + entries_[i].at, entries_[i].name_size};
}

std::string_view OldUidls::uidl(std::size_t i) const {
  return {text_.begin() + entries_[i].at + entries_[i].name_size, entries_[i].uidl_size};
}

void OldUidls::add(std::size_t line, std::string_view unique_name, std::string_view uidl) {
  entries_.push({text_.size(), static_cast<std::uint32_t>(unique_name.size()),
                 static_cast<std::uint32_t>(uidl.size()), line});
  for (const auto part : {unique_name, uidl})
    if (!part.empty()) std::memcpy(text_.extend(part.size()), part.data(), part.size());
}

void OldUidls::warn(std::size_t line, const char* what) {
  ++warning_count_;
  if (warnings_.size() < most_warnings) warnings_.push({line, what});
}

bool OldUidls::refuse(const char* why) {
  refusal_ = why;
  return false;
}

void OldUidls::drop_repeated_names(Keep keep) {
  base::Array<std::size_t> order;
  for (std::size_t i = 0; i < size(); ++i) order.push(i);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const int difference = unique_name(a).compare(unique_name(b));
    return difference != 0 ? difference < 0 : keep == Keep::first ? a < b : a > b;
  });
  constexpr auto dropped = ~std::uint32_t{0};
  std::size_t kept = 0;  // the first in ORDER with the name that is looked at
  for (std::size_t i = 1; i < size(); ++i) {
    if (unique_name(order[i]) != unique_name(order[kept])) {
      kept = i;
      continue;
    }
    warn(line(order[i]), "that file name stands twice");
    entries_[order[i]].uidl_size = dropped;
  }
  const auto end = std::remove_if(entries_.begin(), entries_.end(),
                                  [](const Entry& entry) { return entry.uidl_size == dropped; });
  entries_.shorten(static_cast<std::size_t>(end - entries_.begin()));
}

std::string_view take_word(std::string_view& rest) {
  const auto skip_blanks = [&] {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  };
  skip_blanks();
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  skip_blanks();
  return word;
}

// --- tpops_uidl: "name<TAB>id"; the later line counts ------------------------------------------

bool parse_tpops(std::string_view content, OldUidls& uidls) {
  ListLines lines(content);
  for (std::string_view line; lines.next(line);) {
    const auto tab = line.find('\t');
    const auto name = line.substr(0, tab);
    // TPOPS looks for the unique name: a name with a colon it never finds.
    if (tab == line.npos)
      uidls.warn(lines.number(), "no tab");
    else if (!is_listed_name(name) || name.find(':') != name.npos)
      uidls.warn(lines.number(), "not a unique name");
    else
      uidls.add(lines.number(), name, line.substr(tab + 1));
  }
  uidls.drop_repeated_names(OldUidls::Keep::last);
  return true;
}

// --- courierpop3dsizelist: "/version next-uid validity", then lines "name size uid:validity:utf8" ---

namespace {

using Id = base::Text<1024>;  // more than the longest file name, each octet of it escaped

// Before there were numbers the id was the name.
void escape_as_courier(std::string_view name, Id& id) {
  for (const char c : name) {
    if (base::is_graphic(c) && c != '\'' && c != '"' && c != '+') {
      id << c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      id << '+' << "0123456789ABCDEF"[octet >> 4] << "0123456789ABCDEF"[octet & 15];
    }
  }
}

// The file name may hold blanks.
void parse_courier_line(std::size_t number, std::string_view line, OldUidls& uidls) {
  const auto last = line.rfind(' ');
  const auto middle = last == line.npos || last == 0 ? line.npos : line.rfind(' ', last - 1);
  if (middle == line.npos) return uidls.warn(number, "not a name, a size and a UID");
  const auto name = unique_name(line.substr(0, middle));
  if (!is_listed_name(name)) return uidls.warn(number, "no file name");

  const auto numbers = line.substr(last + 1);
  const auto colon = numbers.find(':');
  const auto behind = colon == numbers.npos ? std::string_view() : numbers.substr(colon + 1);
  const auto uid = base::parse_number<std::uint64_t>(numbers.substr(0, colon));
  const auto validity = base::parse_number<std::uint64_t>(behind.substr(0, behind.find(':')));
  if (!uid || !validity) return uidls.warn(number, "not a UID and its validity");

  Id id;
  if (*uid == 0)
    escape_as_courier(name, id);
  else
    id << "UID" << *uid;
  if (*uid != 0 && *validity != 0) id << '-' << *validity;
  uidls.add(number, name, id.view());
}

}  // namespace

bool parse_courier(std::string_view content, OldUidls& uidls) {
  ListLines lines(content);
  std::string_view line;
  bool is_good = lines.next(line) && lines.is_whole() && line.starts_with('/');
  const auto version = take_word(line), next_uid = take_word(line);
  is_good =
      is_good && (version == "/2" || version == "/3") && base::parse_number<std::uint64_t>(next_uid);
  if (!is_good) return uidls.refuse("not of version 2 or 3");
  while (lines.next(line)) {
    // Cut short, a number is another number.
    if (lines.is_whole())
      parse_courier_line(lines.number(), line, uidls);
    else
      uidls.warn(lines.number(), "unfinished line");
  }
  uidls.drop_repeated_names(OldUidls::Keep::first);
  return true;
}

// --- mailfront -----------------------------------------------------------------------------------

std::string_view cut_as_mailfront(std::string_view file_name) {
  std::size_t size = 0;
  // At the colon, or where a field begins: a comma, whatever stands for its key, an equals sign.
  while (size < file_name.size() && size < max_uidl && file_name[size] != ':' &&
         (file_name[size] != ',' || size + 2 >= file_name.size() || file_name[size + 2] != '='))
    ++size;
  return file_name.substr(0, size);
}

}  // namespace maildir
