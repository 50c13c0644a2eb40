// SPDX-License-Identifier: ISC
// Command lines from a client. Two readers with one result: which of them is right depends on
// whether another program will read the descriptor afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace base {

// RFC 2449 s.4: a command is at most 255 octets, CRLF included. Longer lines are read to
// their end and told apart, so that no rest of a line is ever taken for a command.
constexpr std::size_t max_command_line = 255;

enum class Got { line, too_long, end, timeout };

// Reads one line and not an octet behind it: what a client sends ahead stays in the kernel
// for the program that is executed next, and PIPELINING can be announced truthfully. A socket is
// peeked at, a pipe read octet by octet.
class ExactLineInput {
 public:
  explicit ExactLineInput(int fd) : fd_(fd) {}

  // Waits for a line as long as it takes. LINE views into this object until the next call,
  // without its CRLF or LF. An error of the descriptor is its end.
  Got next(std::string_view& line) { return next(line, line_); }
  // The same for a line of at most ROOM octets; LINE views into ROOM.
  Got next(std::string_view& line, std::span<char> room);

 private:
  long take(char* to, std::size_t size);

  int fd_;
  bool is_socket_ = true;
  char line_[max_command_line];
};

// Reads ahead: for the last program of a chain.
class BufferedLineInput {
 public:
  BufferedLineInput(int fd, int timeout_ms) : fd_(fd), timeout_ms_(timeout_ms) {}

  // True if next() will not have to wait: so replies may wait too.
  bool has_line() const;

  // As ExactLineInput's; waits at most the timeout for each read.
  Got next(std::string_view& line);

 private:
  long fill();

  int fd_;
  int timeout_ms_;
  std::size_t begin_ = 0, end_ = 0;
  char buffer_[4096];
};

// The line without its CRLF or LF.
std::string_view without_line_end(std::string_view line);

}  // namespace base
