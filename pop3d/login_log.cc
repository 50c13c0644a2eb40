// SPDX-License-Identifier: ISC
#include "pop3d/login_log.h"

#include <algorithm>

#include "base/env.h"
#include "base/fd.h"

namespace pop3d {

namespace {

// So that a line with the longest of names, twice, is whole: 128 plain octets fit.
constexpr std::size_t max_written_name = 180;

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::refused: return "auth";
    case Outcome::temporary: return "temporary";
    case Outcome::permanent: return "permanent";
    case Outcome::forbidden: return "policy";
    case Outcome::busy: return "busy";
    case Outcome::passed:
    case Outcome::challenge: break;
  }
  return "?";
}

// As Dovecot names them, to which USER and PASS are PLAIN too.
std::string_view dovecot_name(Method method) {
  if (method == Method::user) return "PLAIN";
  if (method == Method::apop) return "APOP";
  for (const auto& entry : methods)
    if (entry.method == method && entry.in_sasl) return entry.in_sasl;
  return "?";
}

// NAME in printable ASCII: each octet that is not, \ and those of HIDDEN as \xHH.
base::Text<max_written_name> written(std::string_view name, std::string_view hidden) {
  constexpr std::string_view digits = "0123456789abcdef", dots = "...";
  base::Text<max_written_name> text;
  for (const char c : name) {
    base::Text<4> part;
    if (c >= 0x20 && c <= 0x7e && c != '\\' && hidden.find(c) == hidden.npos)
      part << c;
    else
      part << "\\x" << digits[static_cast<unsigned char>(c) >> 4] << digits[c & 15];
    const auto room = max_written_name - text.view().size();
    if (room < part.view().size() + (&c == &name.back() ? 0 : dots.size())) return text << dots;
    text << part.view();
  }
  return text;
}

// As base/log.h's fields are, but never with < or >: fail2ban's filter reads a > as user='s end.
base::Text<max_written_name + 2> quoted(std::string_view name) {
  const auto text = written(name, "\"<>");
  base::Text<max_written_name + 2> value;
  if (text.view() == name && !name.empty() && name.find_first_of(" =") == name.npos)
    return value << name;
  return value << '"' << text.view() << '"';
}

// An address, or "-": nothing else that a listener may have set gets in here.
std::string_view address() {
  const auto text = base::client_address();
  constexpr std::string_view octets = "0123456789abcdefABCDEF.:%";
  return text.empty() || text.find_first_not_of(octets) != text.npos || text.size() > 64 ? "-" : text;
}

void add_tls(base::LogLine& line) {
  if (const auto tls = base::get_env("TLS_PROTOCOL"); !tls.empty()) line.field("tls", tls);
}

void log_not_passed(const Attempt& attempt, std::string_view reason) {
  base::LogLine line("pop3-login", "refused");
  line.field("ip", base::client_address())
      .field("user", attempt.user)
      .field("auth", name_of(attempt.method))
      .field("reason", reason)
      .field("tries", attempt.tries);
  add_tls(line);
  line.write();
}

}  // namespace

base::Text<base::max_log_line> failed_login_line(const Attempt& attempt) {
  base::Text<base::max_log_line> line;
  line << "pop3-login: Aborted login (auth failed, " << attempt.tries << " attempts in "
       << std::max<std::int64_t>(attempt.seconds, 0) << " secs): user=<"
       << written(attempt.user, " \"<>=,():").view() << ">, method=" << dovecot_name(attempt.method)
       << ", rip=" << address() << ", event=refused";
  if (const auto session = base::get_env("POP3_SESSION"); !session.empty())
    line << " session=" << quoted(session).view();
  line << " ip=" << quoted(base::client_address()).view() << " user=" << quoted(attempt.user).view()
       << " auth=" << name_of(attempt.method) << " reason=auth tries=" << attempt.tries;
  if (const auto tls = base::get_env("TLS_PROTOCOL"); !tls.empty()) line << " tls=" << quoted(tls).view();
  return line;
}

void log_login(const Attempt& attempt) {
  base::LogLine line("pop3-login", "login");
  line.field("ip", base::client_address())
      .field("user", attempt.user)
      .field("auth", name_of(attempt.method))
      .field("tries", attempt.tries);
  add_tls(line);
  line.write();
}

void log_refused(const Attempt& attempt, Outcome outcome) {
  if (outcome != Outcome::refused) return log_not_passed(attempt, to_text(outcome));
  base::Text<base::max_log_line + 1> whole;
  whole << failed_login_line(attempt).view() << '\n';
  base::try_write_all(2, whole.view());  // logging never fails the work
}

void log_end(std::string_view reason, std::uint64_t tries) {
  base::LogLine("pop3-login", "end")
      .field("ip", base::client_address())
      .field("reason", reason)
      .field("tries", tries)
      .write();
}

}  // namespace pop3d
