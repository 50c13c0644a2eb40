// SPDX-License-Identifier: ISC
// The time before a line of the log, in the forms that logs have.
//
//   @400000006b042c2b0d12f3a8            multilog, in TAI64N: https://cr.yp.to/libtai/tai64.html
//   Nov 22 03:01:02 host pop3: 1795316462.219480     syslog, with splogger's stamp, which counts
//   2026-11-22T03:01:02.219480+01:00 host pop3[77]:  syslog and journald; also a blank for the T, which
//                                        tai64nlocal writes, or a _, which means UTC (svlogd)
//   1795316462.219480                    seconds since 1970: journald's short-unix
//   Nov 22 03:01:02 host pop3:           syslog alone: no year, that of now is taken, or the last
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace stats {

// Milliseconds since 1970, UTC.
using Moment = std::int64_t;

// As a calendar and a clock on the wall show it.
struct Date {
  int year, month, day, hour, minute, second;  // month: 1 to 12
  int ms = 0;
};

class Stamps {
 public:
  explicit Stamps(Moment now) : now_(now) {}

  // The time that STAMP says; nothing if it says none.
  std::optional<Moment> read(std::string_view stamp);

 private:
  std::optional<Moment> read_iso(std::string_view stamp);
  std::optional<Moment> read_syslog(std::string_view stamp);
  Moment local(const Date& date);

  Moment now_;
  std::int64_t known_hour_ = -1, known_offset_s_ = 0;  // of the last local time: the zone's
};

// Seconds since 1970 of a day, by the Gregorian calendar.
std::int64_t day_begins(int year, int month, int day);

}  // namespace stats
