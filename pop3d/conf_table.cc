// SPDX-License-Identifier: ISC
#include "pop3d/conf_table.h"

#include <algorithm>

namespace pop3d {

namespace {

using Wrong = base::Text<200>;

bool has_control(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool is_among(std::string_view word, std::string_view list, bool in_any_case) {
  while (!list.empty()) {
    const auto one = take_word(list);
    if (in_any_case ? is_same_name(one, word) : one == word) return true;
  }
  return false;
}

// "a, b or c" of "a b c".
void join(Wrong& text, std::string_view list) {
  for (bool first = true; !list.empty(); first = false) {
    const auto one = take_word(list);
    if (!first) text << (list.empty() ? " or " : ", ");
    text << one;
  }
}

bool is_number(const Setting& setting, std::string_view value) {
  const auto number = base::parse_number<std::uint64_t>(value);
  return number && *number >= setting.least && *number <= setting.most;
}

bool are_words(const Setting& setting, std::string_view value) {
  while (!value.empty())
    if (const auto one = take_word(value); !one.empty() && !is_among(one, setting.words, true)) return false;
  return true;
}

// G03: %0 version, %1 user, %2 host, %3 address; %% is a % (ours).
bool is_log_login(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i)
    if (value[i] == '%' && (++i == value.size() || std::string_view("0123%").find(value[i]) == std::string_view::npos))
      return false;
  return true;
}

}  // namespace

bool is_same_name(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return base::lower(a) == base::lower(b); });
}

std::string_view take_word(std::string_view& list) {
  const auto begin = std::min(list.find_first_not_of(" \t"), list.size());
  const auto end = std::min(list.find_first_of(" \t", begin), list.size());
  const auto word = list.substr(begin, end - begin);
  list.remove_prefix(std::min(list.find_first_not_of(" \t", end), list.size()));
  return word;
}

const Setting* find_setting(std::string_view name) {
  for (const auto& setting : settings())
    if (setting.name == name) return &setting;
  return nullptr;
}

std::size_t index_of(const Setting& setting) { return static_cast<std::size_t>(&setting - settings().data()); }

base::Text<200> wrong_value(const Setting& setting, std::string_view value) {
  Wrong wrong;
  if (value.empty()) return wrong;
  if (has_control(value)) return wrong << "holds a control character", wrong;
  switch (setting.kind) {
    case Kind::number:
      if (is_number(setting, value) || is_among(value, setting.words, false)) return wrong;
      wrong << "not a number from " << setting.least << " to " << setting.most;
      if (*setting.words) wrong << ", or " << setting.words;
      return wrong;
    case Kind::toggle:
      if (value != "0" && value != "1") wrong << "not 0 or 1";
      return wrong;
    case Kind::word:
      if (!is_among(value, setting.words, false)) join(wrong << "not ", setting.words);
      return wrong;
    case Kind::words:
      if (!are_words(setting, value)) wrong << "not of " << setting.words;
      return wrong;
    case Kind::text:
      if (value.find_first_of(setting.words) != value.npos) wrong << "holds one of \"" << setting.words << '"';
      return wrong;
    case Kind::path:
      if (!value.starts_with('/')) wrong << "not an absolute path";
      return wrong;
    case Kind::command:
      if (auto rest = value; take_word(rest).empty()) wrong << "names no program";
      return wrong;
    case Kind::log_login:
      if (!is_log_login(value)) wrong << "% must be followed by 0, 1, 2, 3 or %";
      return wrong;
    case Kind::place: return wrong;
  }
  return wrong;
}

base::Text<200> describe_values(const Setting& setting) {
  base::Text<200> text;
  switch (setting.kind) {
    case Kind::number:
      text << setting.least << '-' << setting.most;
      if (*setting.words) text << " or " << setting.words;
      return text;
    case Kind::toggle: return text << "0 or 1", text;
    case Kind::word: return join(text, setting.words), text;
    case Kind::words: return text << "words", text;
    case Kind::text: return text << "text", text;
    case Kind::path: return text << "absolute path", text;
    case Kind::place: return text << "path", text;
    case Kind::command: return text << "command", text;
    case Kind::log_login: return text << "text with %0-%3", text;
  }
  return text;
}

base::Text<8> describe_levels(Levels levels) {
  base::Text<8> text;
  constexpr std::string_view letters = "fsaudr";
  for (std::size_t i = 0; i < letters.size(); ++i)
    if ((levels >> i & 1) != 0) text << letters[i];
  if (text.empty()) text << '-';
  return text;
}

}  // namespace pop3d
