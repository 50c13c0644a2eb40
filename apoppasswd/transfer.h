// SPDX-License-Identifier: ISC
// The lines that -i reads and -e writes:
//
//   login:secret:uid:gid:home[:maildir[:options]]
//
// secret is a password as it is, or {SCHEME}value, where value has : and % as %3A and %25 (and may
// have any octet as %XX). options is groups=N,N;shell=PATH;system;set=NAME=VALUE in any order, parts separated
// by semicolons, which a VALUE has as %3B. Empty lines and lines that begin with # say nothing. A login with several
// secrets has a line for each.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "checkpw/account.h"

namespace apoppasswd {

struct Line {
  std::string login;
  checkpw::Account account;  // with one secret, or none if password is set
  std::string password;      // prepared, yet to be stored; empty if the account's is stored
  bool is_plain = false;     // it was written as {PLAIN}
  std::string secret_name;
  ~Line();                   // wipes it

  Line() = default;
  Line(Line&&) = default;
  Line& operator=(Line&&) = default;
};

// Pure. The line, or what is wrong with it in words. LINE has no line end and is not empty.
std::variant<Line, std::string> parse_line(std::string_view line);

// The lines of LOGIN, one for each secret, each with its LF. parse_line gives back what they say; {PLAIN}
// as a password.
std::string format_lines(std::string_view login, const checkpw::Account& account);

}  // namespace apoppasswd
