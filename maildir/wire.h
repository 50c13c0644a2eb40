// SPDX-License-Identifier: ISC
// A message as it goes over the wire (RFC 1939 s.3, s.11): every line ends in CRLF.
//
//   a bare LF becomes CRLF; a CRLF that is there already stays one; a bare CR passes
//   a last line without its end gets one; an empty file has no line, and stays empty
//
// wire_size counts by this rule and WireSender sends by it; tests/wire_test.cc holds the two
// together. Neither needs memory for a line or a message of whatever length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/output.h"

namespace maildir {

// Counts the octets of a message on the wire, dot-stuffing and the closing "." not included,
// as RFC 1939 s.11 defines a message's size.
class WireSize {
 public:
  void add(std::string_view piece);
  // So many NULs, as a hole in a file is read.
  void add_nuls(std::uint64_t count) {
    octets_ += count;
    if (count != 0) last_ = '\0';
  }
  std::uint64_t total() const { return octets_ + (octets_ != 0 && last_ != '\n' ? 2 : 0); }

 private:
  std::uint64_t octets_ = 0;
  char last_ = '\0';
};

// Sends a message, dot-stuffed, in pieces of any size. What it has sent by the rule above is
// counted again, so that the sender itself can tell if a size it announced was a lie.
class WireSender {
 public:
  explicit WireSender(base::Output& out) : out_(out) {}

  void add(std::string_view piece);
  void finish();  // ends the last line; not the "." line
  std::uint64_t octets() const { return octets_; }  // without dot-stuffing

 private:
  void convert(const char* from, std::size_t size);

  base::Output& out_;
  std::uint64_t octets_ = 0;
  char last_ = '\n';  // the octet sent last; LF at the beginning, since a line begins there
};

// Where TOP ends: takes the pieces of a message in order and says how much of each belongs to
// its header, the line that separates, and the first LINES lines of the body.
class TopCut {
 public:
  explicit TopCut(std::uint64_t lines) : lines_left_(lines) {}

  // The octets of PIECE that are still to be sent.
  std::size_t keep(std::string_view piece);
  bool done() const { return !in_header_ && lines_left_ == 0; }

 private:
  std::uint64_t lines_left_;
  // Of the line so far, since an empty one ends the header: CRs alone are no line.
  enum class Line { nothing, one_cr, something } line_ = Line::nothing;
  bool in_header_ = true;
};

}  // namespace maildir
