// SPDX-License-Identifier: ISC
// How many connections all workers together have. Each writes its own numbers into memory that
// all share; they count for limits only, so that a worker that lies can do no more than refuse
// clients.
#pragma once

#include <atomic>
#include <cstdint>

namespace tls {

class Tally {
 public:
  // For WORKERS processes yet to be forked. Throws.
  explicit Tally(unsigned workers);
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  struct Counts {
    std::atomic<std::uint32_t> connections, pending;
  };
  Counts& of(unsigned worker) { return counts_[worker]; }
  // A worker has ended.
  void forget(unsigned worker);

  std::uint32_t connections() const;
  std::uint32_t pending() const;  // handshakes

 private:
  unsigned workers_;
  Counts* counts_;
};

}  // namespace tls
