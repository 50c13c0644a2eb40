// SPDX-License-Identifier: ISC
#include "scripts/stats_line.h"

#include <cstring>

#include "base/text.h"

namespace stats {

namespace {

using std::string_view;

constexpr bool is_name_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Faster than string_view's own.
std::size_t find(string_view text, string_view part) {
  const void* const found = ::memmem(text.data(), text.size(), part.data(), part.size());
  return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : text.npos;
}

// Takes a name off REST; empty if there is none.
string_view take_name(string_view& rest) {
  std::size_t size = 0;
  while (size < rest.size() && is_name_octet(rest[size])) ++size;
  const auto name = rest.substr(0, size);
  rest.remove_prefix(size);
  return name;
}

// Takes a value off REST. False if its quotes are not closed.
bool take_value(string_view& rest, string_view& value) {
  const bool is_quoted = rest.starts_with('"');
  if (is_quoted) rest.remove_prefix(1);
  // No value holds a quote: it would be written as \x22.
  const auto end = rest.find(is_quoted ? '"' : ' ');
  if (is_quoted && end == rest.npos) return false;
  value = rest.substr(0, end);
  rest.remove_prefix(value.size() + (is_quoted ? 1 : 0));
  return rest.empty() || rest.front() == ' ';
}

bool take_fields(string_view rest, Event& event) {
  event.count = 0;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the blank
    if (event.count == Event::most_fields) return false;
    auto& field = event.fields[event.count++];
    field.key = take_name(rest);
    if (field.key.empty() || !rest.starts_with('=')) return false;
    rest.remove_prefix(1);
    if (!take_value(rest, field.value)) return false;
  }
  return true;
}

// What stands before "event=" is the program, or, for a login that failed, a sentence that fail2ban
// knows; no user's text can be there that looks like it (popchain-log(5)).
bool find_program(string_view before, Event& event) {
  const auto end = before.ends_with(", ") ? before.find(": Aborted login (")
                   : before.ends_with(": ") ? before.size() - 2
                                            : before.npos;
  if (end == before.npos) return false;
  before = before.substr(0, end);
  const auto blank = before.rfind(' ');
  const auto begin = blank == before.npos ? 0 : blank + 1;
  event.stamp = before.substr(0, begin);
  event.program = before.substr(begin);
  return !event.program.empty();
}

}  // namespace

std::uint64_t Event::number(string_view key) const {
  return base::parse_number<std::uint64_t>((*this)[key]).value_or(0);
}

Line parse_line(string_view line, Event& event) {
  // The other form has no quote within a text: there this cannot stand.
  if (line.find('{') != line.npos && find(line, "\"event\"") != line.npos) return parse_json_line(line, event);
  constexpr string_view sign = "event=";
  auto at = find(line, sign);
  // A user's name may be "event=login"; but nothing of a name can stand before the blank that is before ours.
  while (at != line.npos && !find_program(line.substr(0, at), event)) {
    const auto next = find(line.substr(at + 1), sign);
    at = next == line.npos ? next : at + 1 + next;
  }
  if (at == line.npos) return Line::other;
  auto rest = line.substr(at + sign.size());
  event.name = take_name(rest);
  if (event.name.empty() || (!rest.empty() && rest.front() != ' ')) return Line::malformed;
  return take_fields(rest, event) ? Line::event : Line::malformed;
}

}  // namespace stats
