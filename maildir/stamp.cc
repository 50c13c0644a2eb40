// SPDX-License-Identifier: ISC
#include "maildir/stamp.h"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "base/failure.h"
#include "maildir/directory.h"

namespace maildir {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::int64_t to_ns(const timespec& time) { return time.tv_sec * second_ns + time.tv_nsec; }

}  // namespace

Stamp read_stamp(const char* path) {
  struct stat status;
  if (::stat(path, &status) != 0) {
    if (errno == ENOENT || is_lasting(errno)) return {};
    base::fail("stat", path);
  }
  return {status.st_dev, status.st_ino, to_ns(status.st_mtim), to_ns(status.st_ctim)};
}

std::int64_t stamping_clock_ns() {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return to_ns(now);
}

bool is_settled(const Stamp& stamp, std::int64_t now_ns) {
  // A tick is 10 ms at the most, and NOW may lag by one too. A file system that keeps whole seconds only (or two, as FAT)
  // shows it by a time without a fraction; that ours has none by chance does no harm.
  const auto latest = std::max(stamp.modified_ns, stamp.changed_ns);
  const bool whole_seconds = stamp.modified_ns % second_ns == 0;
  return latest + (whole_seconds ? 3 * second_ns : settling_ns * 2 / 5) < now_ns;
}

}  // namespace maildir
