// SPDX-License-Identifier: ISC
// Lines that Qpopper 4.0 and TPOPS write, for programs that read those: POP3_LOG=qpopper and tpops,
// POP3_LOG_LOGIN, POP3_STATISTICS. As they were word by word, with no program in front of them (a
// syslog puts its tag there) and no LF. What a client sent is in them in printable ASCII, and
// can end no quotes, no parentheses' content and no column.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/log.h"
#include "base/text.h"

namespace pop3d {

using OldLine = base::Text<base::max_log_line>;

// NAME in printable ASCII: each octet that is not, \ and those of HIDDEN as \xHH. Room for 128 plain octets
// twice in a line; what is longer is cut and ends in "...".
constexpr std::size_t max_plain_name = 180;
using PlainName = base::Text<max_plain_name>;
PlainName plain_name(std::string_view name, std::string_view hidden);

// $TCPREMOTEHOST, or the address.
PlainName client_host();

// Qpopper's log-login with %0 the version, %1 USER, %2 the host, %3 the address, and %% for a %.
// What else stands behind a % is written as it is. Never a format string.
constexpr std::string_view default_log_login = "(v%0) POP login by user \"%1\" at (%2) %3";
OldLine expand_login(std::string_view pattern, std::string_view user);

struct Totals {
  std::uint64_t messages = 0, octets = 0;
};
// Stats: USER deleted-messages deleted-octets left-messages left-octets HOST ADDRESS
OldLine qpopper_stats(std::string_view user, Totals deleted, Totals left);
OldLine qpopper_failed(std::string_view user);
OldLine qpopper_probe(std::string_view user);
// USER is (null) where it is empty: nobody had logged in.
OldLine qpopper_timeout(std::string_view user, std::uint64_t seconds);
OldLine qpopper_eof(std::string_view user);
OldLine qpopper_hangup(std::string_view user);
// Whole seconds, rounded down, of times in milliseconds.
OldLine qpopper_timing(std::string_view user, bool is_normal, std::int64_t auth_ms, std::int64_t open_ms,
                       std::int64_t update_ms);

OldLine tpops_failed(std::string_view user);
// "login: USER has n messages (s octets)", and the same of a logout.
OldLine tpops_has(std::string_view event, std::string_view user, Totals totals);
// "EVENT IP", as "disconnect from".
OldLine tpops_client(std::string_view event);

// One write to the log. Logging never fails the work.
void write_log(std::string_view line);

}  // namespace pop3d
