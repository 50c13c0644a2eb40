// SPDX-License-Identifier: ISC
// Time that a change of the clock does not touch.
#pragma once

#include <time.h>

#include <cstdint>

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

}  // namespace base
