// SPDX-License-Identifier: ISC
// How a client wants a message reduced to one text (X-MANGLE, draft-gellens-pop-mangle as Qpopper has it):
// the word behind RETR, TOP and LIST,
//
//   mangle  x-mangle  mangle(text=html;charset=utf-8;headers=to:,subject:)
//
// and, one by one, the arguments of the filter that does it (pop3-mangle(8)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"

namespace pop3d {

enum class MangleText : std::uint8_t { plain, html };

// Of what comes out; its code is us_ascii, 1 to 15 for ISO 8859, or one of the others.
enum class MangleCharset : std::uint8_t { us_ascii = 0, utf_8 = 16, windows_1252, iso_2022_jp };
constexpr std::uint8_t most_charsets = 19;

// No longer than a command.
constexpr std::size_t max_mangle_headers = 255;

// Fixed size, and the same octets for the same wish: it goes over a socket, and is compared.
struct MangleWish {
  MangleText text = MangleText::plain;
  MangleCharset charset = MangleCharset::us_ascii;
  std::uint8_t has_body = 1;  // 0: the fields only, without those that are about the body (TOP n 0)
  // The fields that are kept: names in lower case, between commas, then NULs.
  char headers[max_mangle_headers + 1] = "to,cc,subject,from,date,reply-to,x-priority,x-uidl";

  bool operator==(const MangleWish&) const = default;
};

// For iconv(3) and Content-Type.
base::Text<20> name_of(MangleCharset charset);

// True if WORD is the keyword, with whatever follows it.
bool is_mangle_word(std::string_view word);

// Reads the word, strictly: nothing is ignored but lang= and wrap=, which say nothing to us. Gives
// what is wrong with it, for the client; nothing if WISH is what it says.
std::string_view parse_mangle(std::string_view word, MangleWish& wish);

// One attribute, "charset=utf-8", or the filter's own "body=none"; gives what is wrong, likewise.
std::string_view set_mangle_attribute(std::string_view attribute, MangleWish& wish);

// False for octets that are none of parse_mangle's making, from another process.
bool is_sound(const MangleWish& wish);

}  // namespace pop3d
