// SPDX-License-Identifier: ISC
// Base64 (RFC 4648 s.4), strict: SASL's wire form (RFC 5034 s.4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace base {

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// What each octet is as a digit; 64 if it is none.
constexpr auto base64_values = [] {
  std::array<unsigned char, 256> values;
  values.fill(64);
  for (std::size_t i = 0; i < base64_digits.size(); ++i)
    values[static_cast<unsigned char>(base64_digits[i])] = static_cast<unsigned char>(i);
  return values;
}();

// Appends TEXT's base64 form, padded, to TO, anything that takes "<< char".
template <typename Sink>
void encode_base64(Sink& to, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const std::size_t have = text.size() - i;
    const auto octet = [&](std::size_t k) {
      return k < have ? static_cast<unsigned char>(text[i + k]) : 0U;
    };
    const std::uint32_t bits = octet(0) << 16 | octet(1) << 8 | octet(2);
    to << base64_digits[bits >> 18] << base64_digits[bits >> 12 & 63];
    to << (have > 1 ? base64_digits[bits >> 6 & 63] : '=');
    to << (have > 2 ? base64_digits[bits & 63] : '=');
  }
}

// Decodes TEXT into ROOM, which may be where TEXT itself stands. A view into ROOM; nothing if TEXT
// is not base64 in full groups of four with its padding, has bits set behind its end, or does not
// fit.
inline std::optional<std::string_view> decode_base64(std::string_view text, std::span<char> room) {
  if (text.size() % 4 != 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t size = text.size() / 4 * 3 - padding;
  if (size > room.size()) return {};
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool is_padding = i + k >= text.size() - padding;
      const std::uint32_t digit = is_padding ? 0 : base64_values[static_cast<unsigned char>(text[i + k])];
      if (digit == 64) return {};
      bits = bits << 6 | digit;
    }
    for (int shift = 16; shift >= 0; shift -= 8) {
      const char octet = static_cast<char>(bits >> shift & 255);
      if (out < size)
        room[out++] = octet;
      else if (octet != 0)
        return {};
    }
  }
  return std::string_view(room.data(), size);
}

}  // namespace base
