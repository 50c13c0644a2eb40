// SPDX-License-Identifier: ISC
#include "scripts/stats_time.h"

#include <algorithm>
#include <cstring>
#include <ctime>

#include "base/text.h"

namespace stats {

namespace {

using std::string_view;

int digit_of(char c) {
  if (base::is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// "@" and 24 hexadecimal digits. multilog counts as if there were no leap seconds: 10 seconds more
// than UTC, always.
std::optional<Moment> read_tai64n(string_view stamp) {
  constexpr std::size_t digits = 24;
  constexpr std::uint64_t epoch = 0x4000000000000000 + 10;
  if (stamp.size() <= digits) return {};
  std::uint64_t parts[2] = {0, 0};  // seconds, nanoseconds
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = digit_of(stamp[i + 1]);
    if (digit < 0) return {};
    parts[i / 16] = parts[i / 16] << 4 | static_cast<unsigned>(digit);
  }
  constexpr std::uint64_t most_seconds = std::uint64_t{1} << 40;
  if (parts[0] < epoch || parts[0] - epoch > most_seconds) return {};
  return static_cast<Moment>((parts[0] - epoch) * 1000 + parts[1] / 1000000);
}

// Seconds since 1970, a dot, and six digits.
std::optional<Moment> read_seconds(string_view word) {
  const auto dot = word.find('.');
  if (dot == word.npos || dot < 9 || dot > 11 || word.size() != dot + 7) return {};
  Moment ms = 0;
  for (std::size_t i = 0; i < dot + 4; ++i) {
    if (i == dot) continue;
    if (!base::is_digit(word[i])) return {};
    ms = ms * 10 + (word[i] - '0');
  }
  return ms;
}

std::optional<Moment> find_seconds(string_view stamp) {
  while (!stamp.empty()) {
    const auto blank = std::min(stamp.find(' '), stamp.size());
    if (const auto moment = read_seconds(stamp.substr(0, blank))) return moment;
    stamp.remove_prefix(std::min(blank + 1, stamp.size()));
  }
  return {};
}

// True if TEXT begins as PATTERN, in which 9 is any digit; the numbers go to TO, in turn.
bool take_numbers(string_view& text, string_view pattern, int* to) {
  if (text.size() < pattern.size()) return false;
  int number = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '9') {
      if (text[i] != pattern[i]) return false;
      *to++ = number;
      number = 0;
    } else {
      if (!base::is_digit(text[i])) return false;
      number = number * 10 + (text[i] - '0');
    }
  }
  *to = number;
  text.remove_prefix(pattern.size());
  return true;
}

int take_fraction(string_view& text) {
  if (!text.starts_with('.')) return 0;
  int ms = 0, weight = 100;
  text.remove_prefix(1);
  for (; !text.empty() && base::is_digit(text.front()); text.remove_prefix(1), weight /= 10)
    ms += (text.front() - '0') * weight;
  return ms;
}

// "Z", "+01:00" or "+0100": seconds east of UTC.
std::optional<int> take_zone(string_view text) {
  if (text.starts_with('Z')) return 0;
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!text.starts_with('+') && sign == 1) return {};
  text.remove_prefix(1);
  int parts[2] = {0, 0}, whole = 0;
  if (take_numbers(text, "99:99", parts)) return sign * (parts[0] * 3600 + parts[1] * 60);
  if (take_numbers(text, "9999", &whole)) return sign * (whole / 100 * 3600 + whole % 100 * 60);
  return {};
}

}  // namespace

// Howard Hinnant's days_from_civil: years that begin in March have their leap day last.
std::int64_t day_begins(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return (era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468) * 86400;
}

namespace {

// As if the date were of UTC.
std::int64_t seconds_of(const Date& date) {
  return day_begins(date.year, date.month, date.day) + date.hour * 3600 + date.minute * 60 + date.second;
}

}  // namespace

Moment Stamps::local(const Date& date) {
  const auto as_utc = seconds_of(date);
  // The zone's rules are looked up once for each hour.
  if (as_utc / 3600 != known_hour_) {
    tm fields{};
    fields.tm_year = date.year - 1900;
    fields.tm_mon = date.month - 1;
    fields.tm_mday = date.day;
    fields.tm_hour = date.hour;
    fields.tm_isdst = -1;
    known_hour_ = as_utc / 3600;
    known_offset_s_ = known_hour_ * 3600 - std::mktime(&fields);
  }
  return (as_utc - known_offset_s_) * 1000 + date.ms;
}

std::optional<Moment> Stamps::read_iso(string_view stamp) {
  Date date{};
  int parts[3];
  if (!take_numbers(stamp, "9999-99-99", parts) || stamp.empty()) return {};
  date.year = parts[0], date.month = parts[1], date.day = parts[2];
  const char between = stamp.front();
  if (between != 'T' && between != ' ' && between != '_') return {};
  stamp.remove_prefix(1);
  if (!take_numbers(stamp, "99:99:99", parts)) return {};
  date.hour = parts[0], date.minute = parts[1], date.second = parts[2];
  if (date.month < 1 || date.month > 12 || date.year < 1970) return {};
  date.ms = take_fraction(stamp);
  const auto zone = between == '_' ? std::optional(0) : take_zone(stamp);
  return zone ? (seconds_of(date) - *zone) * 1000 + date.ms : local(date);
}

std::optional<Moment> Stamps::read_syslog(string_view stamp) {
  constexpr string_view months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
  constexpr std::size_t size = std::char_traits<char>::length("Nov 22 03:01:02");
  if (stamp.size() < size) return {};
  const auto month = months.find(stamp.substr(0, 4));
  if (month == months.npos || month % 4 != 0) return {};
  char text[16];
  std::memcpy(text, stamp.data() + 4, size - 4);
  if (text[0] == ' ') text[0] = '0';
  string_view rest(text, size - 4);
  int parts[4];
  if (!take_numbers(rest, "99 99:99:99", parts)) return {};
  const std::time_t now_s = now_ / 1000;
  tm now{};
  ::localtime_r(&now_s, &now);
  Date date{now.tm_year + 1900, static_cast<int>(month / 4) + 1, parts[0], parts[1], parts[2], parts[3]};
  constexpr Moment day = 86400000;
  const auto moment = local(date);
  if (moment <= now_ + day) return moment;
  --date.year;
  return local(date);
}

std::optional<Moment> Stamps::read(string_view stamp) {
  if (stamp.empty()) return {};
  if (stamp.front() == '@') return read_tai64n(stamp);
  if (const auto moment = find_seconds(stamp)) return moment;
  return base::is_digit(stamp.front()) ? read_iso(stamp) : read_syslog(stamp);
}

}  // namespace stats
