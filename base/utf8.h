// SPDX-License-Identifier: ISC
// UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, at most U+10FFFF.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace base {

// The code point that TEXT, which is not empty, begins with; it is taken from it. Nothing if its
// octets are not UTF-8's.
constexpr std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) {
    text.remove_prefix(1);
    return first;
  }
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t point = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if ((octet & 0xc0) != 0x80) return {};
    point = point << 6 | (octet & 0x3fU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return {};
  text.remove_prefix(size);
  return point;
}

// True if TEXT is UTF-8 without control characters (C0, DEL, C1).
constexpr bool is_utf8_text(std::string_view text) {
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (!point || *point < 0x20 || (*point >= 0x7f && *point < 0xa0)) return false;
  }
  return true;
}

}  // namespace base
