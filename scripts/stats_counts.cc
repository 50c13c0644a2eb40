// SPDX-License-Identifier: ISC
#include "scripts/stats_counts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/random.h"

namespace stats {

namespace {

std::uint64_t make_key() {
  std::uint64_t key;
  base::random_octets(&key, sizeof key);
  return key;
}

// Rounds down, before 1970 too.
std::int64_t begin_of(std::int64_t second, std::int64_t width) {
  const auto over = second % width;
  return second - (over < 0 ? over + width : over);
}

void add_to(Series::Interval& sum, const Series::Interval& more) {
  sum.logins += more.logins;
  sum.sessions += more.sessions;
  sum.refused += more.refused;
  sum.octets += more.octets;
}

}  // namespace

std::size_t Hash::operator()(std::string_view name) const noexcept {
  static const std::uint64_t key = make_key();
  return XXH3_64bits_withSeed(name.data(), name.size(), key);
}

void Words::add(std::string_view word, std::uint64_t count) {
  sum_ += count;
  auto found = words_.find(word);
  if (found == words_.end()) found = words_.emplace(words_.size() < most ? word : "others", 0).first;
  found->second += count;
}

std::uint64_t Words::operator[](std::string_view word) const {
  const auto found = words_.find(word);
  return found == words_.end() ? 0 : found->second;
}

std::size_t Histogram::place_of(std::uint64_t value) {
  if (value >> bits == 0) return static_cast<std::size_t>(value);
  const auto power = static_cast<unsigned>(std::bit_width(value)) - 1 - bits;  // how often it is halved
  return (static_cast<std::size_t>(power + 1) << bits) +
         static_cast<std::size_t>((value >> power) & ((1u << bits) - 1));
}

std::uint64_t Histogram::last_of(std::size_t place) {
  if (place >> bits == 0) return place;
  const auto power = (place >> bits) - 1;
  const auto begin = ((std::uint64_t{1} << bits) + (place & ((1u << bits) - 1))) << power;
  return begin + ((std::uint64_t{1} << power) - 1);
}

void Histogram::add(std::uint64_t value) {
  ++places_[place_of(value)];
  ++count_;
  sum_ += value;
  if (value > most_) most_ = value;
}

std::uint64_t Histogram::at(double share) const {
  const auto wanted = static_cast<double>(count_) * share;
  std::uint64_t seen = 0;
  for (std::size_t place = 0; place < places_.size(); ++place) {
    seen += places_[place];
    if (seen != 0 && static_cast<double>(seen) >= wanted) return std::min(last_of(place), most_);
  }
  return most_;
}

Series::Interval& Series::at(Moment moment) {
  const auto begins = begin_of(begin_of(moment, 1000) / 1000, width_s_);
  if (last_ && begins == last_begins_s_) return *last_;
  if (intervals_.size() >= most && !intervals_.contains(begins)) {
    intervals_ = in_intervals_of(width_s_ * 2);
    width_s_ *= 2;
    last_ = nullptr;
    return at(moment);
  }
  last_begins_s_ = begins;
  last_ = &intervals_[begins];
  return *last_;
}

std::map<std::int64_t, Series::Interval> Series::in_intervals_of(std::int64_t width_s) const {
  std::map<std::int64_t, Interval> wider;
  for (const auto& [begins, interval] : intervals_) add_to(wider[begin_of(begins, width_s)], interval);
  return wider;
}

}  // namespace stats
