// SPDX-License-Identifier: ISC
// A set of message indexes: a bit each, in memory that is taken page by page as bits are set.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/failure.h"

namespace maildir {

class Marks {
 public:
  // For indexes below SIZE. calloc gives large blocks as untouched zero pages.
  explicit Marks(std::size_t size) : words_(size / 64 + 1) { clear(); }
  Marks(const Marks&) = delete;
  Marks& operator=(const Marks&) = delete;
  ~Marks() { std::free(bits_); }

  void clear() {
    std::free(bits_);
    bits_ = static_cast<std::uint64_t*>(std::calloc(words_, sizeof *bits_));
    if (!bits_) throw base::Failure("allocate", "out of memory");
    count_ = 0;
  }
  bool has(std::size_t i) const { return bits_[i / 64] >> i % 64 & 1; }
  void set(std::size_t i) {
    count_ += !has(i);
    bits_[i / 64] |= std::uint64_t{1} << i % 64;
  }
  std::size_t count() const { return count_; }

  // Calls VISIT(i) for each in the set, in order.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t word = 0; word < words_; ++word)
      for (auto bits = bits_[word]; bits != 0; bits &= bits - 1)
        visit(word * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
  }

 private:
  std::size_t words_, count_ = 0;
  std::uint64_t* bits_ = nullptr;
};

}  // namespace maildir
