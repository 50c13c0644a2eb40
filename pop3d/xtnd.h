// SPDX-License-Identifier: ISC
// A message that a client uploads by XTND XMIT (Qpopper's, after UCB's popper).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pop3d {

// Takes the lines of an upload, in pieces, and writes the message to a file: CRLF becomes LF, the dot of a stuffed line
// goes. Only CRLF ends a line here: after a bare LF a dot is text, so that nothing in a message can end it early
// and have the rest of it taken for commands.
class Upload {
 public:
  // At most MOST octets go to FD.
  Upload(int fd, std::uint64_t most) : fd_(fd), most_(most) {}
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  // The next octets; behind an LF a new piece begins, and a piece has no octet behind an LF.
  void add(std::string_view piece);

  bool is_complete() const { return is_complete_; }  // the "." line has come
  bool is_too_large() const { return octets_ > most_; }
  std::uint64_t octets() const { return octets_; }  // of the message, written or not

  bool finish();  // writes the rest; false if something could not be written

 private:
  void put(std::string_view text);
  void flush();

  int fd_;
  std::uint64_t most_, octets_ = 0;
  bool is_line_start_ = true, has_cr_ = false, is_complete_ = false, has_failed_ = false;
  bool is_dot_ = false;  // nothing of the line yet but its dot
  std::size_t size_ = 0;
  char buffer_[16384];
};

}  // namespace pop3d
