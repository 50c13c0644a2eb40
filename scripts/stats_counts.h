// SPDX-License-Identifier: ISC
// What a report counts in: names, times, and moments, each in memory that has a bound.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scripts/stats_time.h"

namespace stats {

// A hash under a key of this process: who chooses the names in a log cannot choose names that collide.
struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept;
};

// Counts by name, for MOST names; all that come when it is full are counted as one, under "".
template <typename Counts>
class Table {
 public:
  using Names = std::unordered_map<std::string, Counts, Hash, std::equal_to<>>;

  explicit Table(std::size_t most) : most_(most) {}

  Counts& operator[](std::string_view name) {
    if (const auto found = names_.find(name); found != names_.end()) return found->second;
    if (names_.size() >= most_) {
      is_full_ = true;
      return others_;
    }
    return names_.emplace(name, Counts()).first->second;
  }

  const Names& names() const { return names_; }
  std::size_t size() const { return names_.size(); }
  bool is_full() const { return is_full_; }  // there are more than size()
  const Counts& others() const { return others_; }

 private:
  std::size_t most_;
  Names names_;
  Counts others_{};
  bool is_full_ = false;
};

// Counts by a word of ours, of which there are few; sorted by it.
class Words {
 public:
  void add(std::string_view word, std::uint64_t count = 1);
  std::uint64_t operator[](std::string_view word) const;
  std::uint64_t sum() const { return sum_; }
  const std::map<std::string, std::uint64_t, std::less<>>& all() const { return words_; }

 private:
  static constexpr std::size_t most = 1000;  // a line that another program wrote may hold any
  std::map<std::string, std::uint64_t, std::less<>> words_;
  std::uint64_t sum_ = 0;
};

// Numbers, each kept with an error of 3 per cent at the most, in 15 KB.
class Histogram {
 public:
  void add(std::uint64_t value);
  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  std::uint64_t most() const { return most_; }
  // The number that the SHARE (0 to 1) smallest of all do not exceed; 0 if there are none.
  std::uint64_t at(double share) const;

 private:
  // The first 32 numbers have a place each, and then each power of two has 32.
  static constexpr unsigned bits = 5;
  static std::size_t place_of(std::uint64_t value);
  static std::uint64_t last_of(std::size_t place);

  std::array<std::uint64_t, (64 - bits + 1) << bits> places_{};
  std::uint64_t count_ = 0, sum_ = 0, most_ = 0;
};

// What happened in each interval of time: of a minute, and when there are too many of these, of
// two, four, ...
class Series {
 public:
  struct Interval {
    std::uint64_t logins = 0, sessions = 0, refused = 0, octets = 0;
  };

  Interval& at(Moment moment);
  std::int64_t width_s() const { return width_s_; }
  // By the second at which each begins. In intervals of at least WIDTH_S, a multiple of 60.
  std::map<std::int64_t, Interval> in_intervals_of(std::int64_t width_s) const;
  bool empty() const { return intervals_.empty(); }
  std::int64_t begins_s() const { return intervals_.begin()->first; }
  std::int64_t ends_s() const { return intervals_.rbegin()->first + width_s_; }

 private:
  static constexpr std::size_t most = 100000;
  std::map<std::int64_t, Interval> intervals_;
  std::int64_t width_s_ = 60;
  std::int64_t last_begins_s_ = 0;
  Interval* last_ = nullptr;  // most lines are of the same interval as the one before
};

}  // namespace stats
