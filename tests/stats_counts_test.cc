// SPDX-License-Identifier: ISC
#include "scripts/stats_counts.h"

#include <algorithm>
#include <random>

#include "tests/check.h"

namespace {

using namespace stats;

}  // namespace

TEST(a_table_counts_what_it_has_room_for) {
  Table<int> table(2);
  table["joe"] += 1;
  table["ann"] += 2;
  CHECK(!table.is_full());
  table["eve"] += 4;
  table["joe"] += 8;
  table["bob"] += 16;
  CHECK(table.is_full());
  CHECK_EQ(table.size(), 2u);
  CHECK_EQ(table["joe"], 9);
  CHECK_EQ(table["ann"], 2);
  CHECK_EQ(table.others(), 20);
}

TEST(words_are_summed) {
  Words words;
  words.add("quit");
  words.add("eof", 2);
  words.add("quit", 3);
  CHECK_EQ(words["quit"], 4u);
  CHECK_EQ(words["eof"], 2u);
  CHECK_EQ(words["timeout"], 0u);
  CHECK_EQ(words.sum(), 6u);
}

TEST(words_have_a_bound) {
  Words words;
  for (int i = 0; i < 5000; ++i) words.add(std::to_string(i));
  CHECK(words.all().size() <= 1001);
  CHECK_EQ(words["others"], 4000u);
  CHECK_EQ(words.sum(), 5000u);
}

TEST(small_numbers_are_kept_exactly) {
  Histogram times;
  for (std::uint64_t i = 0; i < 32; ++i) times.add(i);
  for (std::uint64_t i = 0; i < 32; ++i) CHECK_EQ(times.at(static_cast<double>(i + 1) / 32), i);
}

TEST(shares_are_right_within_3_per_cent) {
  std::mt19937_64 random(1);
  for (const unsigned bits : {8u, 16u, 33u, 64u}) {
    Histogram times;
    std::vector<std::uint64_t> all(1001);
    for (auto& value : all) times.add(value = random() >> (64 - bits));
    std::sort(all.begin(), all.end());
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 1.0}) {
      const auto wanted = all[static_cast<std::size_t>(share * 1001 + 0.9999) - 1], got = times.at(share);
      CHECK_ROW(share,
                got >= wanted && static_cast<double>(got - wanted) <= 0.0323 * static_cast<double>(wanted));
    }
    CHECK_EQ(times.most(), all.back());
    CHECK_EQ(times.at(1), all.back());
  }
}

TEST(a_histogram_of_nothing_says_nothing) {
  const Histogram times;
  CHECK_EQ(times.at(0.5), 0u);
  CHECK_EQ(times.most(), 0u);
}

TEST(the_largest_number_has_a_place) {
  Histogram times;
  times.add(~std::uint64_t{0});
  CHECK_EQ(times.at(0.5), ~std::uint64_t{0});
}

TEST(a_series_counts_by_the_minute) {
  Series series;
  ++series.at(0).logins;
  ++series.at(59999).logins;
  ++series.at(60000).logins;
  ++series.at(-1).logins;
  const auto minutes = series.in_intervals_of(60);
  CHECK_EQ(minutes.size(), 3u);
  CHECK_EQ(minutes.at(0).logins, 2u);
  CHECK_EQ(minutes.at(60).logins, 1u);
  CHECK_EQ(minutes.at(-60).logins, 1u);
  CHECK_EQ(series.in_intervals_of(3600).at(0).logins, 3u);
}

TEST(a_series_of_many_minutes_is_one_of_longer_ones) {
  Series series;
  constexpr int minutes = 450000;
  for (int i = 0; i < minutes; ++i) ++series.at(Moment{i} * 60000).sessions;
  CHECK_EQ(series.width_s(), 480);
  std::uint64_t sum = 0;
  const auto all = series.in_intervals_of(series.width_s());
  for (const auto& [begins, interval] : all) sum += interval.sessions;
  CHECK_EQ(sum, std::uint64_t{minutes});
  CHECK(all.size() <= 100000);
  CHECK_EQ(all.at(480).sessions, 8u);
}
