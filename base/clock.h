// SPDX-License-Identifier: ISC
// Time that a change of the clock does not touch.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace base {

// Milliseconds since some fixed moment.
inline std::int64_t now_ms() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}

inline void sleep_until_ms(std::int64_t moment) noexcept {
  const timespec at{static_cast<time_t>(moment / 1000), static_cast<long>(moment % 1000 * 1000000)};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) != 0) {
  }
}

// For poll(2): TIMEOUT_MS (-1: as long as it takes), but not beyond the moment DEADLINE_MS (0: none).
inline int time_to_wait(int timeout_ms, std::int64_t deadline_ms) noexcept {
  if (deadline_ms == 0) return timeout_ms;
  const auto left = std::clamp<std::int64_t>(deadline_ms - now_ms(), 0, std::numeric_limits<int>::max());
  return timeout_ms >= 0 ? std::min(timeout_ms, static_cast<int>(left)) : static_cast<int>(left);
}

}  // namespace base
