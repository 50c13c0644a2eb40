// SPDX-License-Identifier: ISC
#include "pop3d/html_references.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace pop3d {

namespace {

// The named references from U+00A0 on, in order, and some that are not there.
constexpr std::string_view latin[] = {
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy",
    "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm", "raquo",
    "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil",
    "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute",
    "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig",
    "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc", "euml",
    "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide",
    "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml"};
constexpr struct {
  std::string_view name;
  std::uint32_t character;
} others[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"euro", 0x20ac},
              {"hellip", 0x2026}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
              {"sbquo", 0x201a}, {"ldquo", 0x201c}, {"rdquo", 0x201d}, {"bdquo", 0x201e}, {"bull", 0x2022},
              {"trade", 0x2122}, {"larr", 0x2190}, {"rarr", 0x2192}, {"zwnj", 0x200c}, {"zwj", 0x200d},
              {"ensp", ' '}, {"emsp", ' '}, {"thinsp", ' '}, {"OElig", 0x152}, {"oelig", 0x153}, {"Scaron", 0x160},
              {"scaron", 0x161}, {"lsaquo", 0x2039}, {"rsaquo", 0x203a}, {"minus", 0x2212}};

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t octet) { out += static_cast<char>(octet); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

// The character of "#8364", "#x20AC" or "euro"; nothing if there is none, or none that may be in text.
std::optional<std::uint32_t> find_reference(std::string_view name) {
  if (name.starts_with('#')) {
    const bool is_hex = name.size() > 1 && base::lower(name[1]) == 'x';
    name.remove_prefix(is_hex ? 2 : 1);
    std::uint32_t c = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), c, is_hex ? 16 : 10);
    if (name.empty() || error != std::errc{} || end != name.data() + name.size()) return {};
    const bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    if (is_control) return (c == '\t' || c == '\n' || c == '\f' || c == '\r') ? ' ' : '?';
    return c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? '?' : c;
  }
  for (std::size_t i = 0; i < std::size(latin); ++i)
    if (name == latin[i]) return static_cast<std::uint32_t>(0xa0 + i);
  for (const auto& other : others)
    if (name == other.name) return other.character;
  return {};
}

}  // namespace

std::string resolve_references(std::string_view text) {
  constexpr std::size_t longest_name = 10;
  std::string out;
  while (!text.empty()) {
    const auto ampersand = text.find('&');
    out += text.substr(0, ampersand);
    if (ampersand == text.npos) break;
    text.remove_prefix(ampersand);
    const auto end = text.substr(0, longest_name + 2).find(';');
    const auto c = end == text.npos ? std::nullopt : find_reference(text.substr(1, end - 1));
    if (c)
      append_utf8(out, *c);
    else
      out += '&';
    text.remove_prefix(c ? end + 1 : 1);
  }
  return out;
}

}  // namespace pop3d
