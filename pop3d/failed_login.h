// SPDX-License-Identifier: ISC
// The line about a wrong login or secret. It has two forms in one, for programs that ban guessers:
//
//   pop3-login: Aborted login (auth failed, 2 attempts in 9 secs): user=<joe>, method=PLAIN,
//     rip=192.0.2.1, event=refused session=k3v9q2m7xw ip=192.0.2.1 user=joe auth=user reason=auth tries=2
//
// (folded here). Up to rip= it is what Dovecot writes, which fail2ban's filter of that name knows, if
// the program is pop3-login; what is behind the last comma is ours. No name that a client sends can
// end user=<...> or make a field.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/log.h"
#include "pop3d/login_messages.h"

namespace pop3d {

// A login that was asked for.
struct Attempt {
  std::string_view user;
  Method method;
  std::uint64_t tries;   // in this connection, this one included
  std::int64_t seconds;  // since the connection began
};

// The line, without its end.
base::Text<base::max_log_line> failed_login_line(const Attempt& attempt, std::string_view program = "pop3-login");

}  // namespace pop3d
