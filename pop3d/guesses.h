// SPDX-License-Identifier: ISC
// What pop3-login's parents of all connections know together: how many connections an address
// has, how many verifiers run, and how often an address has failed to log in lately.
//
// The first two are locks on ranges of a file, held by the kernel: a process that is killed leaves
// nothing behind. Only failures are written into the file, and only a failure reads them:
//
//   A failure is answered after POP3_ERROR_INTERVAL, the next one from the same address after twice
//   that, then four times, up to POP3_DELAY_MAX. Each 5 minutes without a failure halve it again,
//   until the address is forgotten. A success is answered at once, whatever others at its address
//   did, so honest users behind the same address survive. A success forgives nothing: else one
//   account of his own would let a guesser begin anew as often as he likes.
//
// An address is an IPv4 address, mapped into IPv6 or not, or an IPv6 network of 64 bits, which is
// what one customer has at the least. Loopback is an address like any other.
//
// The file, format 1, in the machine's own byte order, of a fixed size: 128 octets of header with a
// random key, then 1024 sets of 8 entries. The set of an address, and its name in it, are its
// SipHash under the key, so nobody can choose addresses that meet in a set. In a full set the oldest
// entry makes place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fd.h"

namespace pop3d {

constexpr std::uint64_t most_per_address = 65536;
constexpr std::uint64_t most_verifiers = 4096;
constexpr std::size_t guesses_file_size = 128 + 1024 * 8 * 16;

// Seconds since 1970, by the clock that a restart of the machine keeps: the file may.
std::int64_t clock_s() noexcept;

// One connection's view. A state that cannot be used keeps nobody out: that is logged once, as
// event=unguarded, and everything is as without a file: nothing limited, and every delay the
// interval. Nothing here throws.
class Guesses {
 public:
  using Clock = std::int64_t (*)() noexcept;

  // PATH is $POP3_GUESSES: made if it is missing, mode 0600. Empty: no file. A file that is not
  // ours alone, or was never ours, is not touched; a damaged one is begun anew. ADDRESS is
  // base::client_address(); one that is no address ("-") has no file either.
  Guesses(const char* path, std::string_view address, Clock clock = clock_s) noexcept;
  ~Guesses() { close(); }
  Guesses(const Guesses&) = delete;
  Guesses& operator=(const Guesses&) = delete;

  // Counts this connection, until close() or our end. False if LIMIT others of the address are
  // there: it gets "-ERR [SYS/TEMP] too many connections from your address". 0: no limit.
  bool enter(std::uint64_t limit) noexcept;

  // Waits until fewer than MOST verifiers run, and counts ours until end_turn(), which comes with
  // its verdict. False if that took until DEADLINE_MS (base/clock.h): a temporary failure. 0: no
  // limit, no wait. Uses SIGALRM and the real-time timer while it waits.
  bool wait_for_turn(std::uint64_t most, std::int64_t deadline_ms) noexcept;
  void end_turn() noexcept;

  // Counts a refused login. Milliseconds from the question to its reply: at least INTERVAL_MS, at
  // most the larger of that and MOST_MS. Call it before the wait, so that parallel guesses count,
  // and wait it out even if the client has gone: hanging up must not free a place earlier. Not for
  // temporary failures: those are no guesses, and get the interval.
  std::int64_t failed(std::int64_t interval_ms, std::int64_t most_ms) noexcept;

  // For a forked child, first thing: it shall neither hold the file nor know the key.
  void close() noexcept;

 private:
  void open(const char* path);
  bool read_header() noexcept;
  void begin_anew();
  std::uint64_t count_failure(std::uint64_t cap);
  void give_up(std::string_view why) noexcept;

  base::UniqueFd file_;
  Clock clock_;
  std::uint64_t network_ = 0;  // the address's hash, never 0; until the file is open, none
  std::int64_t turn_ = -1;     // the lock of wait_for_turn()
  unsigned char address_[16];  // in the octets that count, family first
  std::size_t address_size_ = 0;
};

}  // namespace pop3d
