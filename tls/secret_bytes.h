// SPDX-License-Identifier: ISC
// Octets of any number that are wiped wherever they were: keys, and what carries keys.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace tls {

template <typename T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <typename U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* at, std::size_t count) noexcept {
    base::wipe(at, count * sizeof(T));
    std::allocator<T>().deallocate(at, count);
  }
  bool operator==(const WipingAllocator&) const noexcept { return true; }
};

// Not a string: a short string lies in the object itself, where no allocator wipes it.
using SecretBytes = std::vector<char, WipingAllocator<char>>;

inline std::string_view view(const SecretBytes& bytes) { return {bytes.data(), bytes.size()}; }

inline void append(SecretBytes& bytes, std::string_view more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

}  // namespace tls
