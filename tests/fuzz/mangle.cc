// SPDX-License-Identifier: ISC
// A message as pop3-mangle reduces it, by a wish in the first line: "mangle(...)". The header is ASCII, the lines are text, and
// so is all where the charset has seven bits; what mangling gives is not changed by splitting the scan.
// covers pop3d/mangle_message.cc pop3d/mangle_parse.cc pop3d/mangle_scan.cc pop3d/mangle_wish.cc
#include <gmime/gmime.h>

#include <string>

#include "pop3d/html_text.h"
#include "pop3d/mangle_message.h"
#include "pop3d/mangle_scan.h"
#include "tests/fuzz/require.h"

namespace {

bool is_text(unsigned char c) { return c >= 0x20 || c == '\n' || c == '\t'; }

void check_output(const std::string& out, const pop3d::MangleWish& wish) {
  require(!out.empty() && out.back() == '\n');
  const auto header = out.find("\n\n");
  require(header != out.npos || out[0] == '\n');
  for (std::size_t i = 0; header != out.npos && i < header; ++i)
    require(static_cast<unsigned char>(out[i]) < 0x7f && is_text(static_cast<unsigned char>(out[i])));
  const bool has_escapes = wish.charset == pop3d::MangleCharset::iso_2022_jp;
  const bool is_7bit = has_escapes || wish.charset == pop3d::MangleCharset::us_ascii;
  for (const char c : out) {
    const auto octet = static_cast<unsigned char>(c);
    require(!is_7bit || octet < 0x80);
    require(is_text(octet) || (has_escapes && octet == 0x1b));
  }
  if (wish.charset == pop3d::MangleCharset::utf_8) require(g_utf8_validate(out.data(), static_cast<gssize>(out.size()), nullptr));
  // RFC 5322 s.2.2: nothing but fields above the empty line.
  bool is_first = true;
  for (std::size_t at = 0; header != out.npos && at < header; at = out.find('\n', at) + 1) {
    const auto line = out.substr(at, out.find('\n', at) - at);
    const bool is_continuation = line[0] == ' ' || line[0] == '\t';
    require(is_continuation ? !is_first : line.find(':') != line.npos);
    is_first = false;
  }
}

bool scan(std::string_view message, std::size_t piece) {
  pop3d::MangleScan scan;
  for (; !message.empty(); message.remove_prefix(std::min(piece, message.size()))) scan.add(message.substr(0, piece));
  scan.finish();
  return scan.is_too_complex();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool is_begun = (pop3d::begin_mangling(), true);
  require(is_begun);
  const auto input = as_text(data, size);
  const auto end = std::min(input.find('\n'), input.size());
  const auto message = input.substr(std::min(end + 1, input.size()));
  pop3d::MangleWish wish;
  if (!pop3d::parse_mangle(input.substr(0, end), wish).empty()) {
    require(pop3d::html_to_text(input).size() <= 12 * input.size() + 16);
    wish = {};
  }
  require(pop3d::is_sound(wish));
  require(scan(message, 1) == scan(message, 1000));
  for (const std::uint8_t has_body : {1, 0}) {
    wish.has_body = has_body;
    GMimeStream* const stream = g_mime_stream_mem_new_with_buffer(message.data(), message.size());
    check_output(pop3d::mangle_message(stream, wish), wish);
    g_object_unref(stream);
  }
  return 0;
}
