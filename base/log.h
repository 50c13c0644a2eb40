// SPDX-License-Identifier: ISC
// Log lines: one event, one line, one write to fd 2.
//
//   pop3-login: event=login session=k3v9q2m7xw user=joe@example.org auth=apop ip=192.0.2.1
//
// The line is at most max_log_line octets, so that a write to a pipe is whole (PIPE_BUF) and
// multilog and splogger keep it in one piece.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace base {

constexpr std::size_t max_log_line = 700;
constexpr std::size_t max_log_value = 160;

class LogLine {
 public:
  // Begins "PROGRAM: event=EVENT", then the session's id from $POP3_SESSION if it has one.
  LogLine(std::string_view program, std::string_view event);

  // Adds " KEY=VALUE". A value that is not plain, or is empty, is put in double quotes with
  // ", \ and every octet outside 0x20-0x7E written as \xHH, so that no user text can make a
  // field or a line; longer than max_log_value it is cut and ends in "...".
  LogLine& field(std::string_view key, std::string_view value);
  template <std::integral I>
  LogLine& field(std::string_view key, I number) {
    line_ << ' ' << key << '=' << number;
    return *this;
  }

  // Writes the line. Logging never fails the work: a full or closed fd 2 is ignored.
  void write();

  std::string_view text() const { return line_.view(); }

 private:
  Text<max_log_line> line_;
};

// The client's address for the log: $TCPREMOTEIP, or the socket's peer on fd 0, or "-" if
// there is none. Never in the mapped form ::ffff:192.0.2.1, which fail2ban would ban in vain.
// Views into the environment or into static memory.
std::string_view client_address();

}  // namespace base
