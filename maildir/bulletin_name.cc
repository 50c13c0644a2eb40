// SPDX-License-Identifier: ISC
#include "maildir/bulletin_name.h"

#include <algorithm>

#include "maildir/name.h"

namespace maildir {

namespace {

constexpr std::string_view digits = "0123456789", blanks = " \t\r\n";
constexpr std::string_view mark = "bull";

std::optional<BulletinNumber> parse_limited(std::string_view text) {
  const auto number = base::parse_number<BulletinNumber>(text);
  return number && *number <= last_bulletin_number ? number : std::nullopt;
}

}  // namespace

std::optional<BulletinName> parse_bulletin_name(std::string_view name) {
  const auto number = parse_limited(name.substr(0, name.find_first_not_of(digits)));
  if (!number) return {};
  const auto first_dot = name.find('.');
  if (first_dot == name.npos) return BulletinName{*number, {}};
  const auto rest = name.substr(first_dot + 1);
  const auto second_dot = rest.find('.');
  return BulletinName{*number, second_dot == rest.npos ? std::string_view() : rest.substr(0, second_dot)};
}

std::optional<BulletinNumber> parse_bulletin_state(std::string_view content) {
  const auto begin = content.find_first_not_of(blanks);
  if (begin == content.npos) return {};
  content = content.substr(begin, content.find_last_not_of(blanks) - begin + 1);
  return parse_limited(content);
}

std::optional<BulletinNumber> bulletin_of_message(std::string_view file_name) {
  auto name = unique_name(file_name);
  const auto dot = name.find('.');
  if (dot == name.npos || dot == 0 || name.substr(0, dot).find_first_not_of(digits) != name.npos) return {};
  name.remove_prefix(dot + 1);
  if (!name.starts_with(mark)) return {};
  name.remove_prefix(mark.size());
  const auto end = name.find('.');
  return end == name.npos ? std::nullopt : parse_limited(name.substr(0, end));
}

base::Text<120> name_of_message(std::uint64_t seconds, BulletinNumber number, std::string_view host) {
  base::Text<64> plain;
  for (const char c : host)
    if (base::is_graphic(c) && c != '/' && c != ':' && c != ',') plain << c;
  base::Text<120> name;
  name << seconds << '.' << mark << number << '.' << (plain.empty() ? "localhost" : plain.view());
  return name;
}

}  // namespace maildir
