// SPDX-License-Identifier: ISC
#include "base/random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/failure.h"

namespace base {

void random_octets(void* to, std::size_t size) {
  auto at = static_cast<char*>(to);
  while (size != 0) {
    const auto got = ::getrandom(at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("getrandom");
    at += got;
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace base
