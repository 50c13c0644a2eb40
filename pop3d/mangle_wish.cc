// SPDX-License-Identifier: ISC
#include "pop3d/mangle_wish.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "pop3d/command.h"

namespace pop3d {

namespace {

constexpr std::string_view syntax_error = "syntax error in mangle";
constexpr std::string_view unknown_charset = "unknown charset in mangle";
constexpr std::string_view iso_8859 = "ISO-8859-";
constexpr unsigned last_iso_8859 = 15, missing_iso_8859 = 12;

bool is_word(std::string_view text, std::string_view upper_case) { return is_keyword(text, upper_case); }

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

std::optional<MangleCharset> find_charset(std::string_view name) {
  if (is_word(name, "US-ASCII")) return MangleCharset::us_ascii;
  if (is_word(name, "UTF-8")) return MangleCharset::utf_8;
  if (is_word(name, "CP1252") || is_word(name, "WINDOWS-1252")) return MangleCharset::windows_1252;
  // Qpopper's way to write it has an underscore.
  if (is_word(name, "ISO-2022-JP") || is_word(name, "ISO_2022-JP")) return MangleCharset::iso_2022_jp;
  if (name.size() <= iso_8859.size() || !is_word(name.substr(0, iso_8859.size()), iso_8859)) return {};
  const auto digits = name.substr(iso_8859.size());
  const auto number = base::parse_number<unsigned>(digits);
  if (!number || digits[0] == '0' || *number > last_iso_8859 || *number == missing_iso_8859) return {};
  return static_cast<MangleCharset>(*number);
}

// "To:,Subject" becomes "to,subject".
bool set_headers(std::string_view list, MangleWish& wish) {
  base::Text<max_mangle_headers> names;
  for (;;) {
    const auto comma = list.find(',');
    auto name = list.substr(0, comma);
    if (name.ends_with(':')) name.remove_suffix(1);
    if (name.empty()) return false;
    if (!names.empty()) names << ',';
    for (const char c : name) {
      if (!is_name_character(base::lower(c))) return false;
      names << base::lower(c);
    }
    if (comma == list.npos) break;
    list.remove_prefix(comma + 1);
  }
  if (names.overflowed()) return false;
  std::memset(wish.headers, 0, sizeof wish.headers);
  std::memcpy(wish.headers, names.c_str(), names.view().size());
  return true;
}

bool set_text(std::string_view value, MangleWish& wish) {
  // Enriched text is for clients that are no more: they get plain text, and are told so.
  const bool is_html = is_word(value, "HTML");
  wish.text = is_html ? MangleText::html : MangleText::plain;
  return is_html || is_word(value, "PLAIN") || is_word(value, "ENRICHED");
}

constexpr std::string_view attributes[] = {"TEXT", "CHARSET", "HEADERS", "LANG", "WRAP", "BODY"};
constexpr std::size_t own_attribute = 5;

// The number of the attribute's name; as many as there are, if it is none.
std::size_t find_attribute(std::string_view attribute) {
  const auto name = attribute.substr(0, attribute.find('='));
  return static_cast<std::size_t>(std::find_if(std::begin(attributes), std::end(attributes),
                                               [&](auto known) { return is_word(name, known); }) -
                                  std::begin(attributes));
}

}  // namespace

base::Text<20> name_of(MangleCharset charset) {
  base::Text<20> name;
  switch (charset) {
    case MangleCharset::us_ascii: name << "US-ASCII"; break;
    case MangleCharset::utf_8: name << "UTF-8"; break;
    case MangleCharset::windows_1252: name << "WINDOWS-1252"; break;
    case MangleCharset::iso_2022_jp: name << "ISO-2022-JP"; break;
    default: name << iso_8859 << static_cast<unsigned>(charset);
  }
  return name;
}

bool is_mangle_word(std::string_view word) {
  const auto keyword = word.substr(0, word.find('('));
  return is_word(keyword, "MANGLE") || is_word(keyword, "X-MANGLE");
}

std::string_view set_mangle_attribute(std::string_view attribute, MangleWish& wish) {
  const auto equals = attribute.find('=');
  if (equals == attribute.npos || equals + 1 == attribute.size()) return syntax_error;
  const auto value = attribute.substr(equals + 1);
  if (!std::all_of(value.begin(), value.end(), base::is_graphic)) return syntax_error;
  switch (find_attribute(attribute)) {
    case 0: return set_text(value, wish) ? "" : syntax_error;
    case 1:
      if (const auto charset = find_charset(value)) {
        wish.charset = *charset;
        return {};
      }
      return unknown_charset;
    case 2: return set_headers(value, wish) ? "" : syntax_error;
    case 3:
    case 4: return {};
    case own_attribute:
      wish.has_body = 0;
      return value == "none" ? "" : syntax_error;
    default: return syntax_error;
  }
}

std::string_view parse_mangle(std::string_view word, MangleWish& wish) {
  wish = {};
  if (!is_mangle_word(word)) return syntax_error;
  const auto open = word.find('(');
  if (open == word.npos) return {};
  if (word.size() < open + 2 || word.back() != ')') return syntax_error;
  auto list = word.substr(open + 1, word.size() - open - 2);
  if (list.find_first_of("()") != list.npos) return syntax_error;
  bool is_set[std::size(attributes) + 1] = {};
  while (!list.empty()) {
    const auto end = list.find(';');
    const auto attribute = list.substr(0, end);
    const auto which = find_attribute(attribute);
    if (which == own_attribute || is_set[which]) return syntax_error;
    is_set[which] = true;
    if (const auto wrong = set_mangle_attribute(attribute, wish); !wrong.empty()) return wrong;
    if (end == list.npos) break;
    list.remove_prefix(end + 1);
    if (list.empty()) return syntax_error;
  }
  return {};
}

bool is_sound(const MangleWish& wish) {
  if (static_cast<unsigned>(wish.text) > 1 || wish.has_body > 1) return false;
  const auto charset = static_cast<std::uint8_t>(wish.charset);
  if (charset >= most_charsets || charset == missing_iso_8859) return false;
  const auto* const end = std::find(std::begin(wish.headers), std::end(wish.headers), '\0');
  if (end == wish.headers || end == std::end(wish.headers)) return false;
  return std::all_of(std::begin(wish.headers), end, [](char c) { return is_name_character(c) || c == ','; }) &&
         std::all_of(end, std::end(wish.headers), [](char c) { return c == '\0'; });
}

}  // namespace pop3d
