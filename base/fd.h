// SPDX-License-Identifier: ISC
// File descriptors: an owner, and the loops that read() and write() need around them.
// Every descriptor made here is closed on exec; what a next program shall get is handed on by
// name (base/spawn.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

namespace base {

// Owns a descriptor; -1 is none. Moves, never copies.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}  // takes FD over
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

struct Pipe {
  UniqueFd read, write;
};
Pipe make_pipe();  // throws

// open(2) with O_CLOEXEC and O_NOCTTY added. Gives no descriptor and errno on failure.
UniqueFd try_open(const char* path, int flags, unsigned mode = 0) noexcept;
// The same; throws instead.
UniqueFd open_file(const char* path, int flags, unsigned mode = 0);

// read(2), tried again when a signal interrupts it. Octets read, 0 at the end, -1 and errno.
long read_some(int fd, void* to, std::size_t size) noexcept;
// The same of pread(2): from OFFSET on, and FD's own offset stays.
long read_at(int fd, void* to, std::size_t size, std::uint64_t offset) noexcept;

// Reads until the end of file or until BUFFER is full; the number of octets read. Throws.
std::size_t read_all(int fd, std::span<char> buffer);

// Writes all of DATA. False and errno on failure.
bool try_write_all(int fd, std::string_view data) noexcept;
// The same; throws, naming NAME.
void write_all(int fd, std::string_view data, std::string_view name);

// Opens /dev/null wherever fd 0, 1 or 2 is closed: else what is opened next would be taken for
// the client or the log.
void open_standard_fds() noexcept;

// Closes all but 0, 1, 2 and KEPT, in which -1 counts for nothing. For a process that a stranger may
// take over: who started the chain may have left anything open.
void close_others(std::initializer_list<int> kept) noexcept;

// True if FD has something to read at this moment, be it the end.
bool has_input(int fd) noexcept;

// Puts FD, which is closed, in the place of descriptor PLACE, to be kept on exec. Throws.
void put_at(UniqueFd& fd, int place);

// Ends our side of a connection so that what was written still arrives: input that nobody reads
// would make the kernel send a reset, and the client drop what it has not read yet. Throws input
// away until the client ends its side, for a second and a megabyte at the most.
void close_politely(int input, int output) noexcept;

}  // namespace base
