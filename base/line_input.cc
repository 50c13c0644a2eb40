// SPDX-License-Identifier: ISC
#include "base/line_input.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/fd.h"

namespace base {

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Consumes at most SIZE octets, and none behind the first LF.
long ExactLineInput::take(char* to, std::size_t size) {
  if (!is_socket_) return read_some(fd_, to, 1);
  long seen;
  do {
    seen = ::recv(fd_, to, size, MSG_PEEK);
  } while (seen < 0 && errno == EINTR);
  if (seen < 0 && errno == ENOTSOCK) {
    is_socket_ = false;
    return read_some(fd_, to, 1);
  }
  if (seen <= 0) return seen;
  if (const void* lf = std::memchr(to, '\n', static_cast<std::size_t>(seen)))
    seen = static_cast<const char*>(lf) - to + 1;
  long taken;  // what was seen is there: this neither waits nor gives less
  do {
    taken = ::recv(fd_, to, static_cast<std::size_t>(seen), 0);
  } while (taken < 0 && errno == EINTR);
  return taken;
}

Got ExactLineInput::next(std::string_view& line, std::span<char> room) {
  std::size_t size = 0;
  bool too_long = false;
  for (;;) {
    const long got = take(room.data() + size, room.size() - size);
    if (got <= 0) return Got::end;  // an unfinished line at the end of the input is no command
    size += static_cast<std::size_t>(got);
    if (room[size - 1] == '\n') break;
    if (size == room.size()) {
      too_long = true;
      size = 0;
    }
  }
  line = without_line_end({room.data(), size});
  if (tap_) tap_->received(line);
  return too_long ? Got::too_long : Got::line;
}

bool BufferedLineInput::has_line() const {
  return !tap_ && std::memchr(buffer_ + begin_, '\n', end_ - begin_) != nullptr;
}

// The moment until which a wait that begins now may last; 0: for ever.
std::int64_t BufferedLineInput::end_of_wait() const {
  if (timeout_ms_ < 0) return deadline_ms_;
  const auto end = now_ms() + timeout_ms_;
  return deadline_ms_ != 0 ? std::min(end, deadline_ms_) : end;
}

// Behind UNTIL_MS nothing is read, even if it is there: else a client that never ends its line would
// not be stopped.
long BufferedLineInput::fill(std::int64_t until_ms) {
  if (begin_ != 0) {
    std::memmove(buffer_, buffer_ + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  pollfd input{fd_, POLLIN, 0};
  int ready;
  do {
    const int wait = time_to_wait(-1, until_ms);
    ready = wait == 0 ? 0 : ::poll(&input, 1, wait);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) errno = ETIMEDOUT;
  if (ready <= 0) return -1;
  const long got = read_some(fd_, buffer_ + end_, sizeof buffer_ - end_);
  if (got > 0) end_ += static_cast<std::size_t>(got);
  return got;
}

Got BufferedLineInput::next(std::string_view& line) {
  bool too_long = false;
  std::int64_t until_ms = -1;  // not known before there is something to wait for
  for (;;) {
    const char* start = buffer_ + begin_;
    if (const void* lf = std::memchr(start, '\n', end_ - begin_)) {
      const auto size = static_cast<std::size_t>(static_cast<const char*>(lf) - start + 1);
      begin_ += size;
      line = without_line_end({start, size});
      if (tap_) tap_->received(line);
      return too_long || size > max_command_line ? Got::too_long : Got::line;
    }
    if (end_ - begin_ >= max_command_line) {
      too_long = true;
      begin_ = end_ = 0;
    }
    if (until_ms < 0) until_ms = end_of_wait();
    const long got = fill(until_ms);
    if (got < 0 && errno == ETIMEDOUT) return Got::timeout;
    if (got <= 0) return Got::end;
  }
}

Got BufferedLineInput::next_piece(std::string_view& piece) {
  for (;;) {
    const std::string_view there(buffer_ + begin_, end_ - begin_);
    const auto lf = there.find('\n');
    if (lf != there.npos || there.size() == sizeof buffer_) {
      piece = there.substr(0, lf == there.npos ? lf : lf + 1);
      begin_ += piece.size();
      if (tap_ && !is_within_line_) tap_->received(without_line_end(piece));
      is_within_line_ = lf == there.npos;
      return Got::line;
    }
    const long got = fill(end_of_wait());
    if (got < 0 && errno == ETIMEDOUT) return Got::timeout;
    if (got <= 0) return Got::end;
  }
}

}  // namespace base
