// SPDX-License-Identifier: ISC
// What pop3-login's parent says about logins, each event in one line and one write to fd 2, in the
// form of base/log.h. A wrong login or secret has failed_login.h's form, and nothing else has: our own
// failures ban nobody. So it is with every POP3_LOG but json; with qpopper and tpops a line of
// theirs follows, and other events have theirs instead (old_logs.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "pop3d/failed_login.h"
#include "pop3d/login_messages.h"

namespace pop3d {

// The connection has begun: TPOPS has a line for that.
void log_connect();

// event=login session ip user auth tries, and tls= if $TLS_PROTOCOL says so.
void log_login(const Attempt& attempt);

// event=refused session ip user auth reason tries, and tls=. OUTCOME is no passed one; for
// refused, which is reason=auth, failed_login_line()'s. The others: temporary, permanent, policy (not offered
// here: somebody's mistake, no guess), busy (too many verifiers run already).
void log_refused(const Attempt& attempt, Outcome outcome);
// event=end session ip reason tries: there was no login. REASON is a word of ours.
void log_end(std::string_view reason, std::uint64_t tries);
// The same, for what waitpid(2) said of the child; or event=died. PROBED: the last thing before QUIT was USER with this
// name; then reason=probe with user= (Qpopper's "Possible probe of account"). Empty: it was not.
void log_child_end(int status, std::uint64_t tries, std::string_view probed);

}  // namespace pop3d
