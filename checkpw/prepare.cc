// SPDX-License-Identifier: ISC
#include "checkpw/prepare.h"

#include <stringprep.h>

#include <algorithm>
#include <cstring>

#include "base/secret.h"

namespace checkpw {

namespace {

// The code point that TEXT begins with, which is taken from it; nothing if its octets are not
// UTF-8's.
std::optional<char32_t> take_code_point(std::string_view& text) {
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

}  // namespace

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8_text(std::string_view text) {
  while (!text.empty()) {
    const auto point = take_code_point(text);
    if (!point || *point < 0x20 || (*point >= 0x7f && *point < 0xa0)) return false;
  }
  return true;
}

std::optional<std::string> prepare(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  // Longer than any name or password; NFKC makes at most 18 code points of one.
  constexpr std::size_t longest = 512;
  if (text.size() > longest || !is_utf8_text(text)) return {};
  base::Secret<longest * 18 + 1> buffer;
  std::memcpy(buffer.data, text.data(), text.size());
  buffer.data[text.size()] = '\0';
  if (::stringprep(buffer.data, sizeof buffer.data, STRINGPREP_NO_UNASSIGNED, stringprep_saslprep) != STRINGPREP_OK)
    return {};
  return std::string(buffer.data);
}

}  // namespace checkpw
