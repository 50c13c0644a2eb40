// SPDX-License-Identifier: ISC
// Command lines from a client. Two readers with one result: which of them is right depends on
// whether another program will read the descriptor afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/tap.h"

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

  void watch(Tap& tap) { tap_ = &tap; }  // which must outlive this object

 private:
  long take(char* to, std::size_t size);

  int fd_;
  Tap* tap_ = nullptr;
  bool is_socket_ = true;
  char line_[max_command_line];
};

// Reads ahead: for the last program of a chain.
class BufferedLineInput {
 public:
  // Waits no longer than TIMEOUT_MS (-1: as long as it takes) for a line, nor past the moment DEADLINE_MS
  // (base/clock.h; 0: none). RFC 1939 s.3: a command stops the timer of inactivity, not a part of one.
  BufferedLineInput(int fd, int timeout_ms, std::int64_t deadline_ms = 0)
      : fd_(fd), timeout_ms_(timeout_ms), deadline_ms_(deadline_ms) {}

  // True if next() will not have to wait: so replies may wait too. Never true while somebody
  // watches: so that replies come to him one by one.
  bool has_line() const;

  // As ExactLineInput's, or timeout.
  Got next(std::string_view& line);

  // A line of any length, for what is no command: PIECE is all of it with its end, or, of a line that is longer than
  // some thousand octets, so much; never too_long. Views into this object until the next call. TIMEOUT_MS is for each
  // read.
  Got next_piece(std::string_view& piece);

  void watch(Tap& tap) { tap_ = &tap; }

 private:
  std::int64_t end_of_wait() const;
  long fill(std::int64_t until_ms);

  int fd_;
  int timeout_ms_;
  std::int64_t deadline_ms_;
  Tap* tap_ = nullptr;
  bool is_within_line_ = false;  // a piece of it has been given
  std::size_t begin_ = 0, end_ = 0;
  char buffer_[4096];
};

// The line without its CRLF or LF.
std::string_view without_line_end(std::string_view line);

}  // namespace base
