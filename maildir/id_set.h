// SPDX-License-Identifier: ISC
#pragma once

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

#include "base/array.h"

namespace maildir {

// A set of at most MOST unique-ids, by their hashes: 64 bits tell a mailbox's ids apart.
class IdSet {
 public:
  explicit IdSet(std::size_t most) : mask_(std::bit_ceil(2 * most + 2) - 1) {
    std::fill_n(slots_.extend(mask_ + 1), mask_ + 1, std::uint64_t{0});
  }

  // False if it was in the set before.
  bool add(std::string_view id) {
    auto& slot = slots_[find(id)];
    if (slot != 0) return false;
    slot = hash(id);
    return true;
  }
  bool has(std::string_view id) const { return slots_[find(id)] != 0; }

 private:
  static std::uint64_t hash(std::string_view id) { return XXH3_64bits(id.data(), id.size()) | 1; }
  // Where the id is, or would be.
  std::size_t find(std::string_view id) const {
    const auto wanted = hash(id);
    auto slot = wanted & mask_;
    while (slots_[slot] != 0 && slots_[slot] != wanted) slot = (slot + 1) & mask_;
    return slot;
  }

  std::size_t mask_;
  base::Array<std::uint64_t> slots_;
};

}  // namespace maildir
