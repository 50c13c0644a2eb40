// SPDX-License-Identifier: ISC
// One line of a configuration file, in the grammar of Qpopper 4.0 or of TPOPS 0.8. Pure.
//
//   Qpopper   set NAME | set NAME = VALUE | reset NAME     # to the end of the line is a comment;
//             quotes " ' ` around a value that holds blanks; names in any case
//   TPOPS     NAME = VALUE | NAME VALUE | NAME             # in column 1 begins a comment; [section]
//             lines mean nothing; the value is all up to the end of the line
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pop3d {

enum class Grammar : std::uint8_t { unknown, qpopper, tpops };

// Qpopper's limit; TPOPS has none.
constexpr std::size_t max_conf_line = 1023;

struct ConfLine {
  enum class What : std::uint8_t { nothing, set, reset, wrong };
  What what = What::nothing;
  std::string_view name;
  std::string_view value;  // without its quotes
  bool has_value = false;
  const char* wrong = "";  // what is wrong with the line
};

// LINE without its newline; the views are into it.
ConfLine parse_qpopper_line(std::string_view line);
ConfLine parse_tpops_line(std::string_view line);

// By the first line that says something: "set" and "reset" are no parameters of TPOPS. Unknown if
// there is no such line.
Grammar recognise_grammar(std::string_view text);

// The first line of TEXT, which loses it, without its newline and a carriage return before that.
std::string_view take_line(std::string_view& text);

}  // namespace pop3d
