// SPDX-License-Identifier: ISC
// Listens in on a client and on us, for a trace: Output and the readers of lines tell it.
#pragma once

#include <string_view>

namespace base {

class Tap {
 public:
  virtual void received(std::string_view line) = 0;  // a whole line, without its end
  virtual void sent(std::string_view octets) = 0;    // as they are about to be written

 protected:
  ~Tap() = default;
};

}  // namespace base
