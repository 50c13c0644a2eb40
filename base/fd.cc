// SPDX-License-Identifier: ISC
#include "base/fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/failure.h"

namespace base {

void UniqueFd::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("create a pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd try_open(const char* path, int flags, unsigned mode) noexcept {
  int fd;
  do {
    // openat: musl's open calls fcntl each time, for kernels that did not know O_CLOEXEC.
    fd = ::openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY, mode);
  } while (fd < 0 && errno == EINTR);
  return UniqueFd(fd);
}

UniqueFd open_file(const char* path, int flags, unsigned mode) {
  UniqueFd fd = try_open(path, flags, mode);
  if (!fd) fail("open", path);
  return fd;
}

long read_some(int fd, void* to, std::size_t size) noexcept {
  long got;
  do {
    got = ::read(fd, to, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

long read_at(int fd, void* to, std::size_t size, std::uint64_t offset) noexcept {
  long got;
  do {
    got = ::pread(fd, to, size, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  return got;
}

std::size_t read_all(int fd, std::span<char> buffer) {
  std::size_t size = 0;
  while (size < buffer.size()) {
    const long got = read_some(fd, buffer.data() + size, buffer.size() - size);
    if (got < 0) fail("read");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return size;
}

bool try_write_all(int fd, std::string_view data) noexcept {
  while (!data.empty()) {
    const long put = ::write(fd, data.data(), data.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    data.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

void write_all(int fd, std::string_view data, std::string_view name) {
  if (!try_write_all(fd, data)) fail("write", name);
}

void open_standard_fds() noexcept {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) bug("no /dev/null");
}

namespace {

void close_from_to(unsigned first, unsigned last) noexcept {
  if (first > last || ::syscall(SYS_close_range, first, last, 0) == 0) return;
  // A kernel before Linux 5.9.
  rlimit limit{};
  constexpr rlim_t most = 65536;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto end = std::min<rlim_t>(std::min(limit.rlim_cur, most), last + rlim_t{1});
  for (rlim_t fd = first; fd < end; ++fd) ::close(static_cast<int>(fd));
}

}  // namespace

void close_others(std::initializer_list<int> kept) noexcept {
  for (unsigned first = 3; first != 0;) {
    auto end = ~0u;  // the next one that is kept
    for (const int fd : kept)
      if (fd >= 0 && static_cast<unsigned>(fd) >= first) end = std::min(end, static_cast<unsigned>(fd));
    close_from_to(first, end == ~0u ? end : end - 1);
    first = end + 1;
  }
}

bool has_input(int fd) noexcept {
  pollfd input{fd, POLLIN, 0};
  return ::poll(&input, 1, 0) == 1;
}

void put_at(UniqueFd& fd, int place) {
  if (::dup2(fd.get(), place) < 0) fail("dup2");
  fd.reset();
}

void close_politely(int input, int output) noexcept {
  if (::shutdown(output, SHUT_WR) != 0) return;  // no socket: nothing to lose
  const auto deadline = now_ms() + 1000;
  char thrown_away[4096];
  for (std::size_t most = 1 << 20; most != 0;) {
    pollfd more{input, POLLIN, 0};
    const auto left = deadline - now_ms();
    if (left <= 0 || ::poll(&more, 1, static_cast<int>(left)) <= 0) return;
    const long got = ::recv(input, thrown_away, sizeof thrown_away, MSG_DONTWAIT);
    if (got <= 0) return;
    most -= std::min(most, static_cast<std::size_t>(got));
  }
}

}  // namespace base
