// SPDX-License-Identifier: ISC
// Text of mail into UTF-8, and out of it. For pop3-mangle alone, which uses the C library's iconv(3).
#pragma once

#include <string>
#include <string_view>

#include "pop3d/mangle_wish.h"

namespace pop3d {

// UTF-8 without control characters but tabs and line ends, which are LF.
struct DecodedText {
  std::string text;
  bool is_known;  // the charset; if not, what is not ASCII has become "?"
};

// CHARSET is what the part says; whoever says nothing, or ASCII and sends 8-bit octets, means UTF-8 if they are, else
// Windows' Latin. Charsets are those that mail has, not all that iconv knows: its odd ones have had holes.
DecodedText decode_text(std::string_view octets, std::string_view charset);

// What becomes of a character that the charset lacks.
enum class Missing {
  similar,    // letters without their accents, "EUR", "..."; else "?"
  reference,  // "&#8364;", in HTML
};
std::string encode_text(std::string_view utf8, MangleCharset charset, Missing missing);

}  // namespace pop3d
