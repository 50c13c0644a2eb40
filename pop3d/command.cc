// SPDX-License-Identifier: ISC
#include "pop3d/command.h"

#include <algorithm>

namespace pop3d {

Command parse_command(std::string_view line) {
  const auto blank = line.find(' ');
  if (blank == line.npos) return {line, {}};
  return {line.substr(0, blank), line.substr(blank + 1)};
}

bool is_keyword(std::string_view keyword, std::string_view name) {
  return std::equal(keyword.begin(), keyword.end(), name.begin(), name.end(),
                    [](char typed, char wanted) { return base::upper(typed) == wanted; });
}

bool needs_login(std::string_view keyword) {
  constexpr const char* names[] = {"STAT", "LIST", "RETR", "DELE", "RSET", "TOP", "UIDL", "LAST"};
  return std::any_of(std::begin(names), std::end(names), [=](const char* name) { return is_keyword(keyword, name); });
}

bool is_printable(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char c) { return c == ' ' || base::is_graphic(c); });
}

std::optional<Arguments> split_arguments(std::string_view argument) {
  Arguments split{{}, 0};
  if (argument.empty()) return split;
  for (;;) {
    const auto blank = argument.find(' ');
    const auto word = argument.substr(0, blank);
    if (word.empty() || split.count == split.words.size()) return {};
    split.words[split.count++] = word;
    if (blank == argument.npos) return split;
    argument.remove_prefix(blank + 1);
  }
}

std::optional<base::Text<32>> parse_digest(std::string_view text) {
  base::Text<32> digest;
  for (const char c : text.substr(0, 33)) digest << base::lower(c);
  if (digest.overflowed() || digest.view().size() != 32 ||
      digest.view().find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return {};
  return digest;
}

}  // namespace pop3d
