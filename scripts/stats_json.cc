// SPDX-License-Identifier: ISC
// A flat object: texts, numbers and true, false, null; no object or array in it. (RFC 8259)
#include <optional>

#include "scripts/stats_line.h"

namespace stats {

namespace {

using std::string_view;

void skip_blanks(string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

bool take(string_view& rest, char c) {
  skip_blanks(rest);
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

// A text behind its opening quote; what is escaped stays so.
std::optional<string_view> take_text(string_view& rest) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      const auto text = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return text;
    }
  }
  return {};
}

std::optional<string_view> take_value(string_view& rest) {
  if (take(rest, '"')) return take_text(rest);
  const auto word = rest.substr(0, rest.find_first_of(",} \t"));
  rest.remove_prefix(word.size());
  if (word.empty() || word.find_first_of("\"{[:") != word.npos) return {};
  return word;
}

bool take_member(string_view& rest, Event& event) {
  if (!take(rest, '"')) return false;
  const auto key = take_text(rest);
  if (!key || !take(rest, ':')) return false;
  const auto value = take_value(rest);
  if (!value) return false;
  if (*key == "program") {
    event.program = *value;
  } else if (*key == "event") {
    event.name = *value;
  } else {
    if (event.count == Event::most_fields) return false;
    event.fields[event.count++] = {*key, *value};
  }
  return true;
}

}  // namespace

Line parse_json_line(string_view line, Event& event) {
  const auto begin = line.find('{');
  if (begin == line.npos || line.find("\"event\"", begin) == line.npos) return Line::other;
  event.stamp = line.substr(0, begin);
  event.program = event.name = {};
  event.count = 0;
  auto rest = line.substr(begin + 1);
  do {
    if (!take_member(rest, event)) return Line::malformed;
  } while (take(rest, ','));
  if (!take(rest, '}')) return Line::malformed;
  skip_blanks(rest);
  return rest.empty() && !event.program.empty() && !event.name.empty() ? Line::event : Line::malformed;
}

}  // namespace stats
