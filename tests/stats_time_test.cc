// SPDX-License-Identifier: ISC
#include "scripts/stats_time.h"

#include <cstdlib>
#include <ctime>
#include <string>

#include "tests/check.h"

namespace {

using namespace stats;

constexpr Moment now = 1795320000000;  // 2026-11-22 04:00:00 UTC

std::string shown(std::string_view stamp, const char* zone = "UTC") {
  ::setenv("TZ", zone, 1);
  ::tzset();
  const auto moment = Stamps(now).read(stamp);
  return moment ? std::to_string(*moment) : "none";
}

}  // namespace

TEST(tai64n) {
  CHECK_EQ(shown("@400000006b0301380d14f3b0 "), "1795359022219");
  CHECK_EQ(shown("@4000000000000000a0000000"), "none");  // before 1970
  CHECK_EQ(shown("@4000000000000000a00000000"), "none");
  CHECK_EQ(shown("@400000000000000a00000000"), "0");
  CHECK_EQ(shown("@400000000000000b1dcd6500 x"), "1500");
  for (const char* stamp :
       {"@", "@400000006b030138", "@400000006b0301380d14f3bx ", "@ffffffffffffffff00000000 "})
    CHECK_ROW(stamp, shown(stamp) == "none");
}

TEST(sploggers_stamp_counts_before_syslogs) {
  CHECK_EQ(shown("Jan  1 00:00:00 host pop3: 1795316462.219480 "), "1795316462219");
  CHECK_EQ(shown("2020-01-01T00:00:00.1+00:00 host pop3: 1795316462.219480 warning: "), "1795316462219");
  CHECK_EQ(shown("1795316462.219480 host pop3[7]: "), "1795316462219");
}

TEST(iso_8601_with_a_zone) {
  for (const char* zone : {"UTC", "America/New_York"}) {
    CHECK_EQ(shown("2026-11-22T03:01:02.219480Z host pop3: ", zone), "1795316462219");
    CHECK_EQ(shown("2026-11-22T04:01:02+01:00 host pop3: ", zone), "1795316462000");
    CHECK_EQ(shown("2026-11-22T04:01:02.5+0100 host pop3[7]: ", zone), "1795316462500");
    CHECK_EQ(shown("2026-11-21T22:31:02-04:30 host ", zone), "1795316462000");
    CHECK_EQ(shown("2026-11-22_03:01:02.21948 ", zone), "1795316462219");
  }
}

TEST(iso_8601_without_a_zone_is_local) {
  CHECK_EQ(shown("2026-11-22 03:01:02.219480123 "), "1795316462219");
  CHECK_EQ(shown("2026-11-22 03:01:02 01:00 "), "1795316462000");
  CHECK_EQ(shown("2026-11-22 04:01:02 ", "CET-1CEST,M3.5.0,M10.5.0/3"), "1795316462000");
  CHECK_EQ(shown("2026-07-22 05:01:02 ", "CET-1CEST,M3.5.0,M10.5.0/3"), "1784689262000");
}

TEST(syslog_has_no_year) {
  CHECK_EQ(shown("Nov 22 03:01:02 host pop3: "), "1795316462000");
  CHECK_EQ(shown("Nov  2 03:01:02 host pop3: "), "1793588462000");
  // Tomorrow may be a clock that is ahead; behind that it is last year.
  CHECK_EQ(shown("Nov 23 03:01:02 host pop3: "), "1795402862000");
  CHECK_EQ(shown("Dec 31 23:59:59 host pop3: "), "1767225599000");
  CHECK_EQ(shown("Nov 22 04:01:02 host pop3: ", "CET-1CEST,M3.5.0,M10.5.0/3"), "1795316462000");
}

TEST(what_is_no_time_is_none) {
  for (const char* stamp :
       {"", "x", "host pop3: ", "Nov", "Nov 22 03:01", "nov 22 03:01:02 ", "ov  22 03:01:02", "2026-11-22",
        "2026-13-22 00:00:00", "2026-11-22x03:01:02", "1969-11-22 03:01:02", "12345678.123456 ",
        "1795316462.21948 ", "1795316462.2194800 ", "179531646x.219480 ", "warning: "})
    CHECK_ROW(stamp, shown(stamp) == "none");
}

TEST(days_are_the_calendars) {
  CHECK_EQ(day_begins(1970, 1, 1), 0);
  CHECK_EQ(day_begins(2000, 2, 29), 951782400);
  CHECK_EQ(day_begins(2000, 3, 1), 951868800);
  CHECK_EQ(day_begins(2100, 3, 1), 4107542400);
  CHECK_EQ(day_begins(2026, 11, 22), 1795305600);
}
