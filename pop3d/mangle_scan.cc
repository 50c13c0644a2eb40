// SPDX-License-Identifier: ISC
#include "pop3d/mangle_scan.h"

#include <algorithm>

#include "base/text.h"

namespace pop3d {

namespace {

constexpr std::size_t longest_line = 4000;

bool is_equal(char a, char b) { return base::lower(a) == b; }

std::size_t find_word(std::string_view text, std::string_view lower_case, std::size_t from = 0) {
  const auto found = std::search(text.begin() + static_cast<std::ptrdiff_t>(std::min(from, text.size())), text.end(),
                                 lower_case.begin(), lower_case.end(), is_equal);
  return found == text.end() ? text.npos : static_cast<std::size_t>(found - text.begin());
}

bool is_plain(char c) {
  // No "?": what is written as an encoded word may be decoded by the library.
  constexpr std::string_view others = "'()+_,-./:=* ";  // RFC 2046 s.5.1.1, and what is seen
  c = base::lower(c);
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
}

}  // namespace

void MangleScan::add(std::string_view piece) {
  while (!piece.empty() && !is_too_complex_) {
    const auto lf = piece.find('\n');
    const auto part = piece.substr(0, lf);
    if (is_header_ && !part.empty()) {
      if (length_ == 0 && part[0] != ' ' && part[0] != '\t') colons_ = 0;
      colons_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), ':'));
      is_too_complex_ |= colons_ > most_colons;
    }
    length_ += part.size();
    if (line_.size() < longest_line) line_.append(part.substr(0, longest_line - line_.size()));
    if (lf == piece.npos) return;
    piece.remove_prefix(lf + 1);
    finish();
  }
}

void MangleScan::finish() {
  if (line_.ends_with('\r')) line_.pop_back();
  look_at(line_);
  line_.clear();
  length_ = 0;
}

// Every boundary that the message has anywhere counts everywhere: that may be too many, never too few.
void MangleScan::look_at(std::string_view line) {
  if (line.starts_with("--")) is_too_complex_ |= (comparisons_ += boundaries_count_) > most_comparisons;
  if (line.starts_with("--") && may_be_boundary(line)) {
    is_too_complex_ |= ++parts_ > most_parts;
    is_header_ = true;
    is_message_ = false;
    awaits_boundary_ = false;
    return;
  }
  if (!is_header_) return;
  if (line.empty()) {
    // Within message/rfc822 another header follows at once.
    is_header_ = is_message_;
    is_message_ = awaits_boundary_ = false;
    return;
  }
  header_octets_ += length_ + 1;
  is_too_complex_ |= ++fields_ > most_fields || header_octets_ > most_header;
  is_message_ |= find_word(line, "message") != line.npos;
  look_for_boundary(line);
  // A line that was cut may have one behind.
  any_is_boundary_ |= length_ > longest_line;
}

bool MangleScan::may_be_boundary(std::string_view line) const {
  if (any_is_boundary_) return true;
  for (std::string_view rest = boundaries_; !rest.empty();) {
    rest.remove_prefix(1);
    const auto boundary = rest.substr(0, rest.find('\n'));
    if (line.substr(2).starts_with(boundary)) return true;
    rest.remove_prefix(boundary.size());
  }
  return false;
}

void MangleScan::look_for_boundary(std::string_view line) {
  constexpr std::string_view name = "boundary";
  std::size_t at = awaits_boundary_ ? 0 : find_word(line, name);
  while (at != line.npos) {
    if (!awaits_boundary_) at += name.size();
    awaits_boundary_ = false;
    auto value = line.substr(at);
    const auto begin = value.find_first_not_of(" \t=");
    if (begin == value.npos) {
      awaits_boundary_ = true;
      return;
    }
    value.remove_prefix(begin);
    const bool is_quoted = value.starts_with('"');
    if (is_quoted) value.remove_prefix(1);
    const auto end = value.find_first_of(is_quoted ? "\"" : "; \t\"");
    value = value.substr(0, end);
    // RFC 2231's "boundary*0=", "\x" in quotes, comments, a value that goes on in the next line.
    if (value.empty() || value.starts_with('*') || !std::all_of(value.begin(), value.end(), is_plain) ||
        (is_quoted && end == value.npos))
      any_is_boundary_ = true;
    // GMime lets blanks at its end go.
    while (value.ends_with(' ')) value.remove_suffix(1);
    is_too_complex_ |= value.size() > longest_boundary || ++boundaries_count_ > most_boundaries;
    (boundaries_ += '\n') += value;
    at = find_word(line, name, at);
  }
}

}  // namespace pop3d
