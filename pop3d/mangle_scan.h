// SPDX-License-Identifier: ISC
// A look at a message before a MIME library builds a tree of it: how many parts and fields it will find there at the most.
// The library itself has no such limits, and a message of a million parts costs a gigabyte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pop3d {

class MangleScan {
 public:
  static constexpr std::size_t most_boundaries = 60;
  static constexpr std::size_t longest_boundary = 200;     // RFC 2046 s.5.1.1: 70
  static constexpr std::size_t most_parts = 1000;          // lines that may begin or end one
  static constexpr std::size_t most_fields = 20000;        // lines of all headers
  static constexpr std::size_t most_header = 2u << 20;     // octets of all headers
  static constexpr std::size_t most_colons = 2000;         // in a field: a group of addresses within a group is a recursion
  static constexpr std::size_t most_comparisons = 40u << 20;  // of lines with boundaries

  // The octets of the message in order, in pieces of any size.
  void add(std::string_view piece);
  void finish();

  bool is_too_complex() const { return is_too_complex_; }

 private:
  void look_at(std::string_view line);
  void look_for_boundary(std::string_view line);
  bool may_be_boundary(std::string_view line) const;

  std::string line_;        // so much of the line as matters
  std::size_t length_ = 0;  // of all of it
  std::string boundaries_;  // "\nBOUNDARY" each
  std::size_t boundaries_count_ = 0, parts_ = 0, fields_ = 0, header_octets_ = 0;
  std::size_t colons_ = 0, comparisons_ = 0;
  bool is_header_ = true, is_message_ = false;
  bool any_is_boundary_ = false;  // one is written in a way that is not understood here
  bool awaits_boundary_ = false;  // its value is on the next line
  bool is_too_complex_ = false;
};

}  // namespace pop3d
