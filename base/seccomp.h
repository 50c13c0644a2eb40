// SPDX-License-Identifier: ISC
// Filters of system calls (seccomp(2)), made from a list of what is allowed when we are compiled.
//
// Programs that are executed for each session pay for their filter mostly when they install it:
// 8 us, and a quarter of one for each step, since the kernel checks and translates them all, and then
// tries every number, to know which it need not run the filter for (since Linux 5.11). So a
// filter is a binary search over ranges of numbers that have the same verdict: half as many
// steps as a comparison with each number, and few to a verdict.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace base {

#if defined(__x86_64__)
// Where x32's numbers begin, that are of the same architecture, is above all that is allowed.
constexpr std::uint32_t our_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t our_architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t our_architecture = 0;  // no filter
#endif

// What an int argument, counted from 0, must be.
struct Condition {
  enum Test : std::uint8_t { none, equal, no_bits } test = none;
  std::uint8_t argument = 0;
  std::uint32_t value = 0;
  bool operator==(const Condition&) const = default;
};
constexpr Condition equals(std::uint8_t argument, std::uint32_t value) {
  return {Condition::equal, argument, value};
}
constexpr Condition without(std::uint8_t argument, std::uint32_t bits) {
  return {Condition::no_bits, argument, bits};
}

// One call that is allowed, if both conditions hold. A number may be there several times: one of
// its entries must allow it then; if one has no condition they all shall have none. A negative
// number, of a call that this architecture lacks, is left out.
struct Allowed {
  long number;
  Condition first = {}, second = {};
  constexpr bool is_free() const { return first.test == Condition::none; }
};

constexpr std::size_t most_steps = 192;
struct Filter {
  std::array<sock_filter, most_steps> code{};
  std::size_t size = 0;
};

namespace filter_parts {

// The numbers from START up to the next range's, and the step where their verdict is.
struct Range {
  std::uint32_t start;
  std::size_t target;
};

// Writes: the architecture's and the number's loading, the search, the conditions, two verdicts.
class Maker {
 public:
  consteval explicit Maker(std::span<const Allowed> allowed) {
    for (const auto& call : allowed)
      if (call.number >= 0) calls_[count_++] = call;
    std::sort(calls_.begin(), calls_.begin() + count_,
              [](const Allowed& a, const Allowed& b) { return a.number < b.number; });
  }

  // In two rounds: the first finds how many ranges there are, and so where all else stands.
  consteval Filter make() {
    filter_.size = search_at;
    put_ranges();
    filter_.size = search_at + ranges_count_ - 1;
    put_ranges();
    const std::size_t allow = filter_.size++, kill = filter_.size++;
    if (allow_ != allow || kill_ != kill) {
      allow_ = allow;
      kill_ = kill;
      return make();
    }
    put_step(0, BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
    put_jump(1, BPF_JEQ, our_architecture, 2, kill);
    put_step(2, BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    put_search(0, ranges_count_, search_at);
    put_step(allow, BPF_RET, SECCOMP_RET_ALLOW);
    put_step(kill, BPF_RET, SECCOMP_RET_KILL_PROCESS);
    return filter_;
  }

 private:
  static constexpr std::size_t search_at = 3;

  consteval void put_step(std::size_t at, unsigned code, std::uint32_t k) {
    filter_.code[at] = {static_cast<std::uint16_t>(code), 0, 0, k};
  }
  consteval void put_jump(std::size_t at, unsigned test, std::uint32_t k, std::size_t yes, std::size_t no) {
    if (yes <= at || no <= at || yes - at > 256 || no - at > 256) throw "a jump too far, or backwards";
    filter_.code[at] = {static_cast<std::uint16_t>(BPF_JMP | test | BPF_K),
                        static_cast<std::uint8_t>(yes - at - 1), static_cast<std::uint8_t>(no - at - 1), k};
  }

  consteval void add_range(std::uint32_t start, std::size_t target) {
    if (ranges_count_ != 0 && ranges_[ranges_count_ - 1].start == start) --ranges_count_;
    if (ranges_count_ != 0 && ranges_[ranges_count_ - 1].target == target) return;
    ranges_[ranges_count_++] = {start, target};
  }

  // All ranges in order; and their conditions, as steps.
  consteval void put_ranges() {
    ranges_count_ = 0;
    add_range(0, kill_);
    for (std::size_t i = 0; i < count_;) {
      std::size_t end = i + 1;
      while (end < count_ && calls_[end].number == calls_[i].number) ++end;
      const auto number = static_cast<std::uint32_t>(calls_[i].number);
      targets_[i] = calls_[i].is_free() ? allow_ : put_conditions(i, end);
      add_range(number, targets_[i]);
      add_range(number + 1, kill_);
      i = end;
    }
  }

  consteval bool is_single(std::size_t i) const {
    return (i == 0 || calls_[i - 1].number != calls_[i].number) &&
           (i + 1 == count_ || calls_[i + 1].number != calls_[i].number);
  }

  // Tries calls_[BEGIN..END), of one number, in turn. Gives the first step, or that of another
  // number with the same single entry.
  consteval std::size_t put_conditions(std::size_t begin, std::size_t end) {
    for (std::size_t i = 0; i < begin && is_single(begin); ++i)
      if (is_single(i) && calls_[i].first == calls_[begin].first && calls_[i].second == calls_[begin].second)
        return targets_[i];
    const std::size_t start = filter_.size;
    for (std::size_t i = begin; i < end; ++i) {
      const auto& call = calls_[i];
      const bool has_second = call.second.test != Condition::none;
      const auto behind = filter_.size + (has_second ? 4 : 2);
      const auto otherwise = i + 1 < end ? behind : kill_;
      put_condition(call.first, has_second ? filter_.size + 2 : allow_, otherwise);
      if (has_second) put_condition(call.second, allow_, otherwise);
    }
    return start;
  }
  consteval void put_condition(const Condition& condition, std::size_t if_true, std::size_t otherwise) {
    // The argument's lower half, which comes first on our machines: all that the kernel takes of an int.
    put_step(filter_.size++, BPF_LD | BPF_W | BPF_ABS,
             static_cast<std::uint32_t>(offsetof(seccomp_data, args)) + 8u * condition.argument);
    const std::size_t at = filter_.size++;
    if (condition.test == Condition::equal)
      put_jump(at, BPF_JEQ, condition.value, if_true, otherwise);
    else
      put_jump(at, BPF_JSET, condition.value, otherwise, if_true);
  }

  // The search among ranges_[LOW..HIGH), from step AT on: one step fewer than there are ranges.
  consteval void put_search(std::size_t low, std::size_t high, std::size_t at) {
    if (high - low < 2) return;
    const std::size_t middle = (low + high) / 2;
    const std::size_t left = at + 1, right = left + (middle - low - 1);
    put_jump(at, BPF_JGE, ranges_[middle].start, high - middle == 1 ? ranges_[middle].target : right,
             middle - low == 1 ? ranges_[low].target : left);
    put_search(low, middle, left);
    put_search(middle, high, right);
  }

  Filter filter_;
  std::array<Allowed, 96> calls_{};
  std::array<std::size_t, 96> targets_{};
  std::size_t count_ = 0;
  std::array<Range, 193> ranges_{};
  std::size_t ranges_count_ = 0;
  std::size_t allow_ = most_steps - 2, kill_ = most_steps - 1;  // until they are known
};

}  // namespace filter_parts

// The filter that allows the calls of all lists, and kills the process for any other, and for any
// of another architecture's.
template <std::size_t... N>
consteval Filter make_filter(const Allowed (&... lists)[N]) {
  std::array<Allowed, (N + ...)> all{};
  auto* to = all.data();
  ((to = std::copy(lists, lists + N, to)), ...);
  return filter_parts::Maker(all).make();
}

// True if the kernel has filters that kill the process (Linux 4.14).
bool has_seccomp() noexcept;

// Filters the calls of this process, for good. It must have no_new_privs. Throws.
void install_filter(const Filter& filter);

}  // namespace base
