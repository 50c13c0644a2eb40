// SPDX-License-Identifier: ISC
// What must hold for any input. A fuzzer stops where it does not.
#pragma once

#include <cstdint>
#include <string_view>

inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}
