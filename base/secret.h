// SPDX-License-Identifier: ISC
// Secrets in memory: wiped on every way out, compared without telling by the clock.
#pragma once

#include <string.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace base {

// Overwrites; never optimised away.
inline void wipe(void* at, std::size_t size) noexcept { ::explicit_bzero(at, size); }

// N octets that are wiped when they go.
template <std::size_t N>
struct Secret {
  char data[N];
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(data, N); }
  std::span<char> span() { return data; }
};

// True if A and B are the same. Takes a time that depends on B's length only, where B is
// what the other side sent: the secret's length shows no more than its octets.
inline bool same_secret(std::string_view a, std::string_view b) noexcept {
  unsigned different = a.size() != b.size();
  for (std::size_t i = 0; i < b.size(); ++i) {
    const char mine = i < a.size() ? a[i] : '\0';
    different |= static_cast<unsigned char>(mine ^ b[i]);
    asm volatile("" : "+r"(different));  // keeps the compiler from leaving early
  }
  return different == 0;
}

}  // namespace base
