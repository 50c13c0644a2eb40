// SPDX-License-Identifier: ISC
// POP3_ACCESS_LOG: TPOPS's access log, a line for each connection when it ends, by one write.
//
//   192.0.2.1 2026/11/22 03:43:55 2026/11/22 03:44:10 joe 12 34567 10 30000
//   address   login               logout              who at-login at-logout: messages and octets
//
// Times are local ones. As in TPOPS the login's is the connection's, and who has not logged in is (), or
// (name) of the last login that failed, with 0 for all numbers. pop3d writes it for its sessions,
// pop3-login's parent for connections that never got there.
#pragma once

#include <ctime>
#include <string_view>

#include "base/text.h"
#include "pop3d/old_logs.h"

namespace pop3d {

struct Access {
  std::string_view user;
  bool has_logged_in;
  std::time_t began, ended;
  Totals at_login, at_logout;
};
base::Text<400> access_line(const Access& access);

// Writes to FD (log_file.h); -1: nowhere. Failure is nobody's business.
void write_access(int fd, const Access& access) noexcept;

// When the connection began: $POP3_STARTED, which is of base/clock.h's clock, else now.
std::time_t connection_began() noexcept;
// The same in milliseconds of that clock; -1 if it is not known.
std::int64_t started_ms() noexcept;

}  // namespace pop3d
