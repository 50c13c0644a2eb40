// SPDX-License-Identifier: ISC
#include "maildir/marks.h"

#include <random>
#include <set>
#include <vector>

#include "tests/check.h"

namespace {

using maildir::Marks;

std::vector<std::size_t> listed(const Marks& marks) {
  std::vector<std::size_t> all;
  marks.for_each([&](std::size_t i) { all.push_back(i); });
  return all;
}

}  // namespace

TEST(nothing_is_marked_at_first) {
  for (const std::size_t size : {0u, 1u, 63u, 64u, 65u, 1000000u}) {
    const Marks marks(size);
    CHECK_EQ(marks.count(), 0u);
    CHECK_ROW(size, listed(marks).empty());
    CHECK_ROW(size, !marks.has(0) && (size == 0 || !marks.has(size - 1)));
  }
}

TEST(mark_touches_no_other) {
  constexpr std::size_t size = 200;
  for (std::size_t i = 0; i < size; ++i) {
    Marks marks(size);
    marks.set(i);
    for (std::size_t j = 0; j < size; ++j) CHECK_ROW(i, marks.has(j) == (i == j));
    CHECK_ROW(i, listed(marks) == std::vector{i});
  }
}

TEST(mark_set_twice_counts_once) {
  Marks marks(100);
  for (const std::size_t i : {7u, 64u, 7u, 99u, 64u, 7u}) marks.set(i);
  CHECK_EQ(marks.count(), 3u);
}

TEST(marks_are_visited_in_order) {
  constexpr std::size_t size = 100000;
  Marks marks(size);
  std::set<std::size_t> want;
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::size_t mark = random() % size;
    marks.set(mark);
    want.insert(mark);
  }
  CHECK(listed(marks) == std::vector(want.begin(), want.end()));
  CHECK_EQ(marks.count(), want.size());
}

TEST(clear_takes_back_all) {
  Marks marks(1000);
  for (std::size_t i = 0; i < 1000; ++i) marks.set(i);
  CHECK_EQ(marks.count(), 1000u);
  marks.clear();
  CHECK_EQ(marks.count(), 0u);
  CHECK(listed(marks).empty());
  marks.set(999);
  CHECK(marks.has(999) && marks.count() == 1);
}
