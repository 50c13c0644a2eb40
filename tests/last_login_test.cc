// SPDX-License-Identifier: ISC
#include "pop3d/last_login_record.h"

#include <limits>
#include <string>

#include "tests/check.h"

namespace {

using pop3d::parse_last_login;
using pop3d::seconds_to_wait;

std::string line_of(const pop3d::LastLogin& login) { return std::string(to_text(login).view()); }

std::string show(std::string_view content) {
  const auto login = parse_last_login(content);
  if (!login) return "none";
  std::string text = std::to_string(login->time);
  for (const auto value : {login->ip, login->protocol, login->tls, login->auth, login->user})
    text.append(1, ' ').append(value);
  return text;
}

}  // namespace

TEST(record_is_one_line) {
  CHECK_EQ(line_of({1795304737, "192.0.2.7", "pop3s", "TLSv1.3", "apop", "joe"}),
           "time=1795304737 date=2026-11-21T23:45:37Z ip=192.0.2.7 protocol=pop3s tls=TLSv1.3 auth=apop user=joe\n");
  CHECK_EQ(line_of({0, "", "", "", "", ""}), "time=0 date=1970-01-01T00:00:00Z ip=- protocol=- tls=- auth=- user=-\n");
  CHECK_EQ(line_of({0, "a b", "c\nd", "\x80", "e=f", std::string(200, 'x')}),
           "time=0 date=1970-01-01T00:00:00Z ip=a?b protocol=c?d tls=? auth=e=f user=" + std::string(128, 'x') + "\n");
}

TEST(longest_record_fits_and_is_read_again) {
  const std::string longest(300, 'x');
  const auto text = pop3d::to_text({std::numeric_limits<std::uint64_t>::max(), longest, longest, longest, longest, longest});
  CHECK(!text.overflowed());
  const auto fitting = pop3d::to_text({253402300799, longest, longest, longest, longest, longest});
  const auto x = std::string(128, 'x');
  CHECK_EQ(show(fitting.view()), "253402300799 " + x + ' ' + x + ' ' + x + ' ' + x + ' ' + x);
}

TEST(records_are_read) {
  CHECK_EQ(show("time=5 date=x ip=1 protocol=2 tls=3 auth=4 user=5\n"), "5 1 2 3 4 5");
  CHECK_EQ(show("time=5"), "5 - - - - -");
  CHECK_EQ(show("time=5 user=joe new=x ip=1\nip=2\n"), "5 1 - - - joe");
  CHECK_EQ(show("time=5  ip=1 ip ip= =x user=\x1b[m auth=a=b\n"), "5 1 - - a=b -");
}

TEST(what_does_not_begin_with_a_time_is_no_record) {
  for (const std::string_view content :
       {"", "\n", "time=", "time=\n5", "time=x", "time=-1", "time= 5", "Time=5", "ip=1 time=5", " time=5", "time",
        "time=253402300800", "time=18446744073709551616"})
    CHECK_ROW(content, show(content) == "none");
}

TEST(dates_are_utc) {
  CHECK_EQ(pop3d::utc_date(951782400).view(), "2000-02-29T00:00:00Z");
  CHECK_EQ(pop3d::utc_date(1234567890).view(), "2009-02-13T23:31:30Z");
  CHECK_EQ(pop3d::utc_date(4102444799).view(), "2099-12-31T23:59:59Z");
  CHECK_EQ(pop3d::utc_date(std::numeric_limits<std::uint64_t>::max()).view(), "9999-12-31T23:59:59Z");
}

TEST(logins_are_kept_apart) {
  CHECK_EQ(seconds_to_wait(1000, 1000, 60), 60u);
  CHECK_EQ(seconds_to_wait(1000, 1059, 60), 1u);
  CHECK_EQ(seconds_to_wait(1000, 1060, 60), 0u);
  CHECK_EQ(seconds_to_wait(1000, 5000, 60), 0u);
  CHECK_EQ(seconds_to_wait(1000, 1000, 0), 0u);
  CHECK_EQ(seconds_to_wait(0, std::numeric_limits<std::uint64_t>::max(), 60), 0u);
}

TEST(clock_that_was_set_back_locks_nobody_out) {
  CHECK_EQ(seconds_to_wait(1000, 999, 60), 0u);
  CHECK_EQ(seconds_to_wait(std::numeric_limits<std::uint64_t>::max(), 999, 60), 0u);
}
