// SPDX-License-Identifier: ISC
// What maildir/wire.h promises, once more and as plainly as can be: the reference that unit
// tests and fuzzer hold the fast code against. Every function takes a message whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace naive {

// The message with CRLF at the end of every line, also of the last.
inline std::string with_crlf(std::string_view message) {
  std::string lines;
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) lines += '\r';
    lines += message[i];
  }
  if (!lines.empty() && lines.back() != '\n') lines += "\r\n";
  return lines;
}

// RFC 1939 s.3: a dot more before each line that begins with one.
inline std::string stuffed(std::string_view lines) {
  std::string text;
  bool at_beginning = true;
  for (const char c : lines) {
    if (at_beginning && c == '.') text += '.';
    text += c;
    at_beginning = c == '\n';
  }
  return text;
}

// The client's side: the first dot of each line goes.
inline std::string destuffed(std::string_view text) {
  std::string lines;
  bool at_beginning = true;
  for (const char c : text) {
    if (!at_beginning || c != '.') lines += c;
    at_beginning = c == '\n';
  }
  return lines;
}

// The header, the empty line behind it, and COUNT lines of the body.
inline std::string_view top(std::string_view message, std::uint64_t count) {
  bool in_header = true;
  std::size_t end = 0;
  while (end < message.size() && (in_header || count != 0)) {
    const auto lf = message.find('\n', end);
    if (lf == message.npos) return message;
    const auto line = message.substr(end, lf - end);
    if (!in_header)
      --count;
    else if (line.empty() || line == "\r")
      in_header = false;
    end = lf + 1;
  }
  return message.substr(0, end);
}

}  // namespace naive
