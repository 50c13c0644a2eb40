// SPDX-License-Identifier: ISC
#include "tls/tally.h"

#include <sys/mman.h>

#include "base/failure.h"

namespace tls {

Tally::Tally(unsigned workers) : workers_(workers) {
  // Zero, as the kernel gives it; never unmapped.
  void* shared = ::mmap(nullptr, workers * sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) base::fail("share memory");
  counts_ = static_cast<Counts*>(shared);
}

void Tally::forget(unsigned worker) { counts_[worker].connections = counts_[worker].pending = 0; }

std::uint32_t Tally::connections() const {
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < workers_; ++i) sum += counts_[i].connections;
  return sum;
}

std::uint32_t Tally::pending() const {
  std::uint32_t sum = 0;
  for (unsigned i = 0; i < workers_; ++i) sum += counts_[i].pending;
  return sum;
}

}  // namespace tls
