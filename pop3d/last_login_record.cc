// SPDX-License-Identifier: ISC
#include "pop3d/last_login_record.h"

#include <time.h>

#include <algorithm>
#include <limits>

namespace pop3d {

namespace {

constexpr std::size_t max_value = 128;
// The last second of the year 9999.
constexpr std::uint64_t last_time = 253402300799;

void add(LastLoginText& text, std::string_view key, std::string_view value) {
  text << ' ' << key << '=';
  for (const char c : value.substr(0, max_value)) text << (base::is_graphic(c) ? c : '?');
  if (value.empty()) text << '-';
}

struct Field {
  std::string_view key, value;
};

// Takes the next field off LINE.
Field take_field(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  const auto equals = word.find('=');
  return equals == word.npos ? Field{} : Field{word.substr(0, equals), word.substr(equals + 1)};
}

bool is_value(std::string_view value) {
  return !value.empty() && value.size() <= max_value && std::all_of(value.begin(), value.end(), base::is_graphic);
}

void add_number(base::Text<32>& text, int number, int width) {
  for (int power = width == 4 ? 1000 : 10; power > number && power > 1; power /= 10) text << '0';
  text << number;
}

}  // namespace

LastLoginText to_text(const LastLogin& login) {
  LastLoginText text;
  text << "time=" << login.time;
  add(text, "date", utc_date(login.time).view());
  add(text, "ip", login.ip);
  add(text, "protocol", login.protocol);
  add(text, "tls", login.tls);
  add(text, "auth", login.auth);
  add(text, "user", login.user);
  return text << '\n';
}

std::optional<LastLogin> parse_last_login(std::string_view content) {
  auto line = content.substr(0, content.find('\n'));
  const auto first = take_field(line);
  const auto time = first.key == "time" ? base::parse_number<std::uint64_t>(first.value) : std::nullopt;
  if (!time || *time > last_time) return {};
  LastLogin login{*time, "-", "-", "-", "-", "-"};
  const struct {
    std::string_view key;
    std::string_view& value;
  } known[] = {{"ip", login.ip}, {"protocol", login.protocol}, {"tls", login.tls}, {"auth", login.auth},
               {"user", login.user}};
  while (!line.empty()) {
    const auto field = take_field(line);
    for (const auto& entry : known)
      if (entry.key == field.key && is_value(field.value)) entry.value = field.value;
  }
  return login;
}

base::Text<32> utc_date(std::uint64_t time) {
  const auto seconds = static_cast<time_t>(std::min(time, last_time));
  struct tm parts;
  ::gmtime_r(&seconds, &parts);
  base::Text<32> text;
  add_number(text, parts.tm_year + 1900, 4);
  const struct {
    char separator;
    int number;
  } rest[] = {{'-', parts.tm_mon + 1}, {'-', parts.tm_mday}, {'T', parts.tm_hour},
              {':', parts.tm_min},     {':', parts.tm_sec}};
  for (const auto& part : rest) add_number(text << part.separator, part.number, 2);
  return text << 'Z';
}

std::uint64_t seconds_to_wait(std::uint64_t last, std::uint64_t now, std::uint64_t delay) {
  if (last > now || now - last >= delay) return 0;
  return delay - (now - last);
}

}  // namespace pop3d
