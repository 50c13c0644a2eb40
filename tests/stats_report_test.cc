// SPDX-License-Identifier: ISC
#include "scripts/stats_report.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "tests/check.h"

namespace {

using namespace stats;

constexpr Moment now = 1795320000000;

// A log of one session in each of these minutes, counted from 2026-11-22 00:00 UTC.
Tally sessions_at(std::initializer_list<int> minutes) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  Tally tally(now);
  for (const int minute : minutes)
    tally.add(std::to_string(1795305600 + minute * 60) + ".000000 pop3d: event=logout user=joe reason=quit");
  return tally;
}

// The lines of gnuplot's data, and after them the words that say their width.
std::string data_of(const Tally& tally) {
  const auto script = report_script(tally, "png");
  const auto begin = script.find("END\n") + 4, by = script.find(", by ") + 5;
  return script.substr(begin, script.find("END\n", begin) - begin) +
         script.substr(by, script.find('\'', by) - by);
}

}  // namespace

TEST(a_picture_has_zeros_where_nothing_was) {
  CHECK_EQ(data_of(sessions_at({0, 0, 3})),
           "1795305630 2 0 0\n1795305690 0 0 0\n1795305750 0 0 0\n1795305810 1 0 0\n1 minutes");
}

TEST(a_picture_has_few_enough_points) {
  for (const int minutes : {299, 300, 1440, 100000, 5000000}) {
    const auto data = data_of(sessions_at({0, minutes}));
    CHECK_ROW(minutes, std::count(data.begin(), data.end(), '\n') <= 302);
  }
  CHECK(data_of(sessions_at({0, 1440})).ends_with("5 minutes"));
  CHECK(data_of(sessions_at({0, 10 * 1440})).ends_with("1 hours"));
}

TEST(a_picture_shows_the_clock_on_the_wall) {
  const auto tally = sessions_at({0});
  ::setenv("TZ", "CET-1", 1);
  ::tzset();
  CHECK_EQ(data_of(tally), "1795309230 1 0 0\n1 minutes");
}

TEST(without_times_there_is_no_picture) { CHECK_EQ(report_script(Tally(now), "png"), ""); }

TEST(a_date_has_its_zone) {
  ::setenv("TZ", "CET-1", 1);
  ::tzset();
  CHECK_EQ(date_of(1795305600), "2026-11-22 01:00:00 +0100");
}

TEST(nothing_but_printable_ascii_is_shown) {
  CHECK_EQ(printable("joe\n\x1b[31m\xc3\xa4\x7f~"), "joe??[31m???~");
  Tally tally(now);
  tally.add("pop3d: event=logout user=\x1b[31m reason=\"\x9b\" ms=1");
  for (const auto& text : {report_text(tally, 10), report_metrics(tally)})
    for (const char c : text) CHECK(c == '\n' || (c >= 0x20 && c < 0x7f));
}

TEST(labels_are_quoted_as_prometheus_wants_it) {
  Tally tally(now);
  tally.add(R"(pop3d: event=logout reason=a\x22b)");
  tally.add(R"({"program":"pop3d","event":"logout","reason":"a\"b"})");
  const auto metrics = report_metrics(tally);
  CHECK(metrics.find(R"(popchain_sessions_total{reason="a\\x22b"} 1)") != metrics.npos);
  CHECK(metrics.find(R"(popchain_sessions_total{reason="a\\\"b"} 1)") != metrics.npos);
}
