// SPDX-License-Identifier: ISC
// One command line of a client, as both states split it.
// covers pop3d/command.cc
#include "pop3d/command.h"

#include <string>

#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto line = as_text(data, size);
  const auto [keyword, argument] = pop3d::parse_command(line);
  require(keyword.find(' ') == keyword.npos);
  const auto blank = keyword.size() < size ? " " : "";
  require(line == std::string(keyword) + blank + std::string(argument));
  require(!pop3d::is_keyword(keyword, "USER") || keyword.size() == 4);
  if (pop3d::is_printable(line))
    for (const char c : line) require(c >= 0x20 && c <= 0x7e);

  require(!pop3d::needs_login(keyword) || keyword.size() <= 4);
  if (const auto digest = pop3d::parse_digest(argument))
    require(argument.size() == 32 && digest->view().find_first_not_of("0123456789abcdef") == argument.npos);

  const auto split = pop3d::split_arguments(argument);
  if (!split) return 0;
  std::string again;
  for (std::size_t i = 0; i < split->count; ++i) {
    require(!split->words[i].empty() && split->words[i].find(' ') == std::string_view::npos);
    again.append(i == 0 ? "" : " ").append(split->words[i]);
  }
  require(argument == again);
  return 0;
}
