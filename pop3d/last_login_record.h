// SPDX-License-Identifier: ISC
// The record of a user's last login: one line, frozen in last-login(8).
//
//   time=1795304737 date=2026-11-21T23:45:37Z ip=192.0.2.7 protocol=pop3s tls=TLSv1.3 auth=apop user=joe
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace pop3d {

struct LastLogin {
  std::uint64_t time = 0;  // seconds since 1970
  std::string_view ip, protocol, tls, auth, user;
};

constexpr std::size_t max_last_login = 1000;  // octets of the line
using LastLoginText = base::Text<max_last_login>;

// The line with its LF. A value is cut at 128 octets, and an octet that is no printable ASCII, or
// is a blank, is written as "?"; an empty one is "-".
LastLoginText to_text(const LastLogin& login);

// The record in CONTENT, whose first line counts; views into it. Nothing if it does not begin with
// a time. Fields that are not known are passed over, those that are missing are "-".
std::optional<LastLogin> parse_last_login(std::string_view content);

// "2026-11-21T23:45:37Z"
base::Text<32> utc_date(std::uint64_t time);

// Seconds until a login is welcome again, LAST having been the last one; 0: it is now. A time in the
// future means that the clock was set back, and locks nobody out.
std::uint64_t seconds_to_wait(std::uint64_t last, std::uint64_t now, std::uint64_t delay);

}  // namespace pop3d
