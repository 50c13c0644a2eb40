// SPDX-License-Identifier: ISC
// Text of mail in any charset, of any kind, and into any charset. The first octet says from which charset and into which.
// covers pop3d/mangle_text.cc pop3d/mangle_charset.cc pop3d/html_text.cc pop3d/html_references.cc
#include "pop3d/mangle_text.h"

#include <algorithm>
#include <string>

#include "base/utf8.h"
#include "pop3d/html_references.h"
#include "pop3d/html_text.h"
#include "pop3d/mangle_charset.h"
#include "tests/fuzz/require.h"

namespace {

using namespace pop3d;

constexpr std::string_view charsets[] = {"", "us-ascii", "utf-8", "iso-8859-1", "windows-1252", "iso-2022-jp",
                                         "shift_jis", "euc-kr", "gb2312", "koi8-r", "utf-7", "utf-16", "x\r\ny", "ISO-8859-8-I"};

bool is_utf8(std::string_view text) {
  while (!text.empty())
    if (!base::take_code_point(text)) return false;
  return true;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
  });
}

void check(const std::string& text, std::size_t most) { require(is_utf8(text) && text.size() <= most); }

void check_encoded(const std::string& text, unsigned number) {
  // As the client's word gives it: ISO 8859-12 there is not.
  const auto charset = static_cast<MangleCharset>(number == 12 ? 0 : number);
  for (const auto missing : {Missing::similar, Missing::reference}) {
    const auto encoded = encode_text(text, charset, missing);
    require(encoded.size() <= 16 * text.size() + 16);
    if (charset == MangleCharset::utf_8) require(encoded == text);
    if (charset == MangleCharset::us_ascii)
      require(std::all_of(encoded.begin(), encoded.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto octets = as_text(data + 1, size - 1);
  const auto [text, is_known] = decode_text(octets, charsets[data[0] % std::size(charsets)]);
  check(text, 8 * octets.size() + 16);
  require(!has_control(text));
  check_encoded(text, data[0] % most_charsets);
  const std::size_t most = 12 * text.size() + 64;
  check(html_to_text(text), most);
  check(resolve_references(text), most);
  check(enriched_to_plain(text), most);
  check(richtext_to_plain(text), most);
  for (const bool is_flowed : {false, true}) check(plain_to_html(text, is_flowed), 12 * text.size() + 200);
  const auto escaped = escape_html(text);
  require(escaped.find_first_of("<>") == escaped.npos && escaped.size() <= 12 * text.size());
  return 0;
}
