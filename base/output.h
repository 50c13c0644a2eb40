// SPDX-License-Identifier: ISC
// Output to a client: gathered, and written when the client has to answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/tap.h"
#include "base/text.h"

namespace base {

// Buffers octets for a socket or a pipe. After the first failure everything is dropped and
// failed() is true: a client that is gone is an outcome, not a failure of the machine.
class Output {
 public:
  // A write that makes no progress for TIMEOUT_MS fails (-1: never).
  Output(int fd, int timeout_ms) : fd_(fd), timeout_ms_(timeout_ms) {}
  // From the moment DEADLINE_MS on (base/clock.h; 0: none) every write fails.
  void set_deadline(std::int64_t deadline_ms) { deadline_ms_ = deadline_ms; }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Output& operator<<(std::string_view text);
  Output& operator<<(const char* text) { return *this << std::string_view(text); }
  Output& operator<<(char c) { return *this << std::string_view(&c, 1); }
  template <std::integral I>
  Output& operator<<(I number) {
    Text<24> digits;
    digits << number;
    return *this << digits.view();
  }

  // Room for at least SIZE octets (at most buffer_size) to be filled in place; advance() says
  // how many were.
  char* reserve(std::size_t size) {
    if (size > buffer_size - size_) flush();
    return buffer_ + size_;
  }
  void advance(std::size_t size) { size_ += size; }

  void flush();
  void watch(Tap& tap) { tap_ = &tap; }  // which must outlive this object
  bool failed() const { return failed_; }

  // Large writes are what makes a transfer fast: see tests/bench.
  static constexpr std::size_t buffer_size = 65536;

 private:
  void send(std::string_view data);

  int fd_;
  int timeout_ms_;
  Tap* tap_ = nullptr;
  std::int64_t deadline_ms_ = 0;
  bool is_socket_ = true;
  bool has_no_delay_ = false;
  bool failed_ = false;
  std::size_t size_ = 0;
  char buffer_[buffer_size];
};

}  // namespace base
