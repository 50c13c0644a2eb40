// SPDX-License-Identifier: ISC
// What tells whether a directory or file has changed since it was looked at.
#pragma once

#include <cstdint>

namespace maildir {

// Identity and times of a path; all 0 if there is nothing to be seen. A copied or restored Maildir differs
// in device, inode or ctime, whatever its mtimes were set to.
struct Stamp {
  std::uint64_t device = 0, inode = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;

  bool exists() const { return inode != 0; }
  // The stamp of nothing that ever was: what is written where none may be believed.
  static Stamp never() { return {~std::uint64_t{0}, ~std::uint64_t{0}, -1, -1}; }
  bool operator==(const Stamp&) const = default;
};

// stat(2) of PATH. Throws where the machine fails.
Stamp read_stamp(const char* path);

// The clock that the kernel stamps files with, in nanoseconds: it moves once a tick.
std::int64_t stamping_clock_ns();

// A directory changed twice within a tick bears one stamp. STAMP, read at NOW or before, is
// settled if whatever changes from NOW on must show in another stamp. False for a stamp from the
// future, which a clock set back may leave.
bool is_settled(const Stamp& stamp, std::int64_t now_ns);

// STAMP for what was read from NOW_NS on: itself, or never() if it is not settled.
inline Stamp believable(const Stamp& stamp, std::int64_t now_ns) {
  return is_settled(stamp, now_ns) ? stamp : Stamp::never();
}

// How long to wait after a change until its stamp is settled.
constexpr std::int64_t settling_ns = 25'000'000;

}  // namespace maildir
