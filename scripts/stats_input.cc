// SPDX-License-Identifier: ISC
#include "scripts/stats_input.h"

#include <sys/stat.h>

#include <cstring>

#include "base/clock.h"
#include "base/failure.h"
#include "base/fd.h"

namespace stats {

namespace {

constexpr std::int64_t patience_ms = 1000, terminal_ms = 250, lines_ms = 5000;

// "12.3 MB", of 1000000 octets.
std::string megabytes(std::uint64_t octets) {
  const auto tenths = octets / 100000;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " MB";
}

}  // namespace

Progress::Progress(Telling telling, std::uint64_t all)
    : telling_(telling), all_(all), started_(base::now_ms()), next_(started_ + patience_ms) {}

std::string Progress::text(std::int64_t now) const {
  auto text = "pop3-stats: " + megabytes(done_);
  if (all_ != 0)
    text += " of " + megabytes(all_) + ", " +
            std::to_string(std::min<std::uint64_t>(done_ * 100 / all_, 100)) + " %";
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now - started_, 1));
  return text + ", " + std::to_string(done_ / ms / 1000) + " MB/s";
}

void Progress::read(std::uint64_t octets) {
  done_ += octets;
  if (telling_ == Telling::never) return;
  const auto now = base::now_ms();
  if (now < next_) return;
  const bool is_terminal = telling_ == Telling::on_terminal;
  next_ = now + (is_terminal ? terminal_ms : lines_ms);
  has_told_ = true;
  base::try_write_all(2, is_terminal ? '\r' + text(now) + "   " : text(now) + '\n');
}

void Progress::end() {
  if (telling_ == Telling::on_terminal && has_told_) base::try_write_all(2, "\r\x1b[K");
  if (telling_ == Telling::by_lines) base::try_write_all(2, text(base::now_ms()) + '\n');
}

std::uint64_t size_of_all(char* const* files) {
  std::uint64_t all = 0;
  struct stat status;
  const auto add = [&](int result) {
    if (result != 0 || !S_ISREG(status.st_mode)) return false;
    all += static_cast<std::uint64_t>(status.st_size);
    return true;
  };
  if (!*files) return add(::fstat(0, &status)) ? all : 0;
  for (; *files; ++files)
    if (!add(std::string_view(*files) == "-" ? ::fstat(0, &status) : ::stat(*files, &status))) return 0;
  return all;
}

void read_log(int fd, std::string_view name, Tally& tally, Progress& progress) {
  std::vector<char> buffer(1 << 20);
  std::size_t kept = 0;  // of a line that has not ended yet
  bool is_too_long = false;
  for (;;) {
    const long got = base::read_some(fd, buffer.data() + kept, buffer.size() - kept);
    if (got < 0) base::fail("read", name);
    if (got == 0) break;
    progress.read(static_cast<std::uint64_t>(got));
    const char* at = buffer.data();
    const char* const end = at + kept + got;
    while (const void* lf = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
      const auto line_end = static_cast<const char*>(lf);
      if (is_too_long)
        tally.add_too_long();
      else
        tally.add({at, static_cast<std::size_t>(line_end - at)});
      is_too_long = false;
      at = line_end + 1;
    }
    kept = static_cast<std::size_t>(end - at);
    if (kept == buffer.size()) {
      is_too_long = true;
      kept = 0;
    }
    std::memmove(buffer.data(), at, kept);
  }
  if (is_too_long)
    tally.add_too_long();
  else if (kept != 0)
    tally.add({buffer.data(), kept});
}

}  // namespace stats
