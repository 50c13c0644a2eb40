// SPDX-License-Identifier: ISC
// Texts that stay where they are for as long as the pool lives.
#pragma once

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/array.h"
#include "base/failure.h"

namespace pop3d {

// Owns its copies. What add() gives views into the pool, and is followed by a NUL.
class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (char* text : texts_) std::free(text);
  }

  std::string_view add(std::string_view text) {
    const auto copy = static_cast<char*>(std::malloc(text.size() + 1));
    if (!copy) throw base::Failure("allocate", "out of memory");
    if (!text.empty()) std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    texts_.push(copy);
    return {copy, text.size()};
  }

 private:
  base::Array<char*> texts_;
};

}  // namespace pop3d
