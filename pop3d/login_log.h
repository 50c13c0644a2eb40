// SPDX-License-Identifier: ISC
// What pop3-login's parent says about logins, each event in one line and one write to fd 2, in the
// form of base/log.h. One line has two forms in one, for programs that ban guessers:
//
//   pop3-login: Aborted login (auth failed, 2 attempts in 9 secs): user=<joe>, method=PLAIN,
//     rip=192.0.2.1, event=refused session=k3v9q2m7xw ip=192.0.2.1 user=joe auth=user reason=auth tries=2
//
// (folded here). Up to rip= it is what Dovecot writes, which fail2ban's filter of that name knows;
// what is behind the last comma is ours. Only a wrong login or secret has this form: our own
// failures ban nobody. So it is with every POP3_LOG but json; with qpopper and tpops a line of
// theirs follows, and other events have theirs instead (old_logs.h). No name that a client sends can end user=<...> or make a field.
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

// The connection has begun: TPOPS has a line for that.
void log_connect();

// event=login session ip user auth tries, and tls= if $TLS_PROTOCOL says so.
void log_login(const Attempt& attempt);

// event=refused session ip user auth reason tries, and tls=. OUTCOME is no passed one; for
// refused, which is reason=auth, the line above. The others: temporary, permanent, policy (not offered
// here: somebody's mistake, no guess), busy (too many verifiers run already).
void log_refused(const Attempt& attempt, Outcome outcome);
// event=end session ip reason tries: there was no login. REASON is a word of ours.
void log_end(std::string_view reason, std::uint64_t tries);
// The same, for what waitpid(2) said of the child; or event=died. PROBED: the last thing before QUIT was USER with this
// name; then reason=probe with user= (Qpopper's "Possible probe of account"). Empty: it was not.
void log_child_end(int status, std::uint64_t tries, std::string_view probed);

// The line that log_refused() writes for a wrong login or secret, without its end.
base::Text<base::max_log_line> failed_login_line(const Attempt& attempt);

}  // namespace pop3d
