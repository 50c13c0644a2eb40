// SPDX-License-Identifier: ISC
// The record of a last login: what is read can be printed, and is read again as the same.
// covers pop3d/last_login_record.cc
#include "pop3d/last_login_record.h"

#include <algorithm>
#include <string>

#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto content = as_text(data, size);
  const auto login = pop3d::parse_last_login(content);
  if (login) {
    const auto text = pop3d::to_text(*login);
    require(!text.overflowed() && text.view().ends_with('\n'));
    const auto again = pop3d::parse_last_login(text.view());
    require(again && again->time == login->time);
    const std::string_view first[] = {login->ip, login->protocol, login->tls, login->auth, login->user};
    const std::string_view second[] = {again->ip, again->protocol, again->tls, again->auth, again->user};
    for (std::size_t i = 0; i < std::size(first); ++i) {
      require(first[i] == second[i] && !first[i].empty());
      require(std::all_of(first[i].begin(), first[i].end(), base::is_graphic));
    }
  }
  // Whatever the environment holds makes one record.
  const auto made = pop3d::to_text({size, content, content, content, content, content});
  require(!made.overflowed() && std::count(made.view().begin(), made.view().end(), '\n') == 1);
  require(pop3d::parse_last_login(made.view()).has_value());
  return 0;
}
