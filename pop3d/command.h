// SPDX-License-Identifier: ISC
// A command line of RFC 1939 s.3: a keyword of any case, then arguments. Shared by both
// states, with what is common to answering.
#pragma once

#include <array>
#include <string_view>

#include "base/text.h"

namespace pop3d {

// Views into the line it was made from.
struct Command {
  std::string_view keyword;   // as typed; empty if the line is
  std::string_view argument;  // all behind the first blank, untouched; may be empty
};

Command parse_command(std::string_view line);

// True if the keyword is NAME (upper case) in any case.
bool is_keyword(std::string_view keyword, std::string_view name);

// True for a command of the TRANSACTION state only.
bool needs_login(std::string_view keyword);

// RFC 1939 s.3: "Keywords and arguments consist of printable ASCII characters". Blanks separate
// arguments, and a password may hold them. Anything else is refused, never passed on.
bool is_printable(std::string_view line);

// Splits ARGUMENT at single blanks into at most two; nothing if there are more, or empty ones.
struct Arguments {
  std::array<std::string_view, 2> words;
  std::size_t count;
};
std::optional<Arguments> split_arguments(std::string_view argument);

// An MD5 digest: 32 hexadecimal digits, made lower-case as the standards have them; some clients
// send upper-case.
std::optional<base::Text<32>> parse_digest(std::string_view text);

// What became of a command, for the one place that replies and counts.
struct Reply {
  enum Kind {
    done,     // the handler wrote its own answer
    refused,  // -ERR TEXT: understood, but not to be had
    misused,  // -ERR TEXT: no such command, or not the way to call it; counts against the client
    leave,    // the handler wrote its answer, and the session ends
  };
  Kind kind = done;
  std::string_view text = {};
};

}  // namespace pop3d
