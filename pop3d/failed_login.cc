// SPDX-License-Identifier: ISC
#include "pop3d/failed_login.h"

#include <algorithm>

#include "base/env.h"
#include "pop3d/old_logs.h"

namespace pop3d {

namespace {

// As Dovecot names them, to which USER and PASS are PLAIN too.
std::string_view dovecot_name(Method method) {
  if (method == Method::user) return "PLAIN";
  if (method == Method::apop) return "APOP";
  for (const auto& entry : methods)
    if (entry.method == method && entry.in_sasl) return entry.in_sasl;
  return "?";
}

// As base/log.h's fields are, but never with < or >: fail2ban's filter reads a > as user='s end.
base::Text<max_plain_name + 2> quoted(std::string_view name) {
  const auto text = plain_name(name, "\"<>");
  base::Text<max_plain_name + 2> value;
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

}  // namespace

base::Text<base::max_log_line> failed_login_line(const Attempt& attempt, std::string_view program) {
  base::Text<base::max_log_line> line;
  line << program << ": Aborted login (auth failed, " << attempt.tries << " attempts in "
       << std::max<std::int64_t>(attempt.seconds, 0) << " secs): user=<"
       << plain_name(attempt.user, " \"<>=,():").view() << ">, method=" << dovecot_name(attempt.method)
       << ", rip=" << address() << ", event=refused";
  if (const auto session = base::get_env("POP3_SESSION"); !session.empty())
    line << " session=" << quoted(session).view();
  line << " ip=" << quoted(base::client_address()).view() << " user=" << quoted(attempt.user).view()
       << " auth=" << name_of(attempt.method) << " reason=auth tries=" << attempt.tries;
  if (const auto tls = base::get_env("TLS_PROTOCOL"); !tls.empty()) line << " tls=" << quoted(tls).view();
  return line;
}

}  // namespace pop3d
