// SPDX-License-Identifier: ISC
// Log lines: one event, one line, one write to fd 2.
//
//   pop3-login: event=login session=k3v9q2m7xw user=joe@example.org auth=apop ip=192.0.2.1
//
// The line is at most max_log_line octets, so that a write to a pipe is whole (PIPE_BUF) and
// multilog and splogger keep it in one piece. popchain-log(5) has every event and every key, and
// says which version of the form they are: who changes them here changes them there.
//
// With POP3_LOG=json the same is an object on a line of its own (RFC 8259):
//
//   {"program":"pop3-login","event":"login","session":"k3v9q2m7xw","user":"joe@example.org",...}
#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace base {

constexpr std::size_t max_log_line = 700;
constexpr std::size_t max_log_value = 160;
// A value in JSON, with what is escaped in it.
constexpr std::size_t max_json_value = 400;

// POP3_LOG. The last two are the lines of older servers, where they have one for an event
// (pop3d/old_logs.h); all else is kv then.
enum class LogForm { kv, json, qpopper, tpops };
// What is no form is kv: a line that says what is wrong must not be lost.
LogForm log_form() noexcept;
// For the settings: throws Failure if POP3_LOG is no form.
LogForm read_log_form();

class LogLine {
 public:
  // Begins "PROGRAM: event=EVENT", then the session's id from $POP3_SESSION if it has one. In JSON
  // "warning: PROGRAM" and "alert: PROGRAM", as splogger(8) knows them, are a program and a level.
  LogLine(std::string_view program, std::string_view event);

  // Adds " KEY=VALUE". A value that is not plain, or is empty, is put in double quotes with
  // ", \ and every octet outside 0x20-0x7E written as \xHH, so that no user text can make a
  // field or a line; longer than max_log_value it is cut and ends in "...". In JSON UTF-8 is
  // written as the \uXXXX of its characters, and an octet that is not of it as that of U+FFFD; a
  // field for which there is no room is left out whole, and "cut":true says so.
  LogLine& field(std::string_view key, std::string_view value);
  template <std::integral I>
  LogLine& field(std::string_view key, I number) {
    Text<24> digits;
    digits << number;
    return plain_field(key, digits.view());
  }

  // Writes the line. Logging never fails the work: a full or closed fd 2 is ignored.
  void write();

  std::string_view text() const { return line_.view(); }  // so far: an object is not closed yet

 private:
  LogLine& plain_field(std::string_view key, std::string_view value);
  LogLine& json_field(std::string_view key, std::string_view value);
  void add_json(std::string_view member);

  Text<max_log_line> line_;
  bool is_json_, is_cut_ = false;
};

// The client's address for the log: $TCPREMOTEIP, or the socket's peer on fd 0, or "-" if
// there is none. Never in the mapped form ::ffff:192.0.2.1, which fail2ban would ban in vain.
// Views into the environment or into static memory.
std::string_view client_address();

}  // namespace base
