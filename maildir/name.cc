// SPDX-License-Identifier: ISC
#include "maildir/name.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace maildir {

std::string_view unique_name(std::string_view file_name) {
  return file_name.substr(0, file_name.find(':'));
}

std::string_view flags(std::string_view file_name) {
  const auto info = file_name.find(":2,");
  return info == file_name.npos ? std::string_view() : file_name.substr(info + 3);
}

namespace {

std::optional<std::uint64_t> size_behind(std::string_view unique, std::string_view key) {
  const auto at = unique.find(key);
  if (at == unique.npos) return {};
  const auto rest = unique.substr(at + key.size());
  return base::parse_number<std::uint64_t>(rest.substr(0, rest.find(',')));
}

}  // namespace

StatedSizes sizes_in_name(std::string_view file_name) {
  const auto unique = unique_name(file_name);
  return {size_behind(unique, ",S="), size_behind(unique, ",W=")};
}

std::optional<base::Text<max_file_name>> with_flag(std::string_view file_name, char flag) {
  base::Text<max_file_name> name;
  const auto colon = file_name.find(':');
  if (colon != file_name.npos && !file_name.substr(colon).starts_with(":2,")) {
    name << file_name;
    return name;
  }
  name << unique_name(file_name) << ":2,";
  bool is_in = flag == '\0';
  for (const char present : flags(file_name)) {
    if (!is_in && flag <= present) {
      if (flag != present) name << flag;
      is_in = true;
    }
    name << present;
  }
  if (!is_in) name << flag;
  if (name.overflowed()) return {};
  return name;
}

std::uint64_t time_prefix(std::string_view file_name) {
  std::uint64_t time = 0;
  const auto [end, error] =
      std::from_chars(file_name.data(), file_name.data() + file_name.size(), time);
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return time;
}

namespace {

// FNV-1a, 128 bits: names are made by the machine's own deliverers, so that what is wanted is
// a digest that never changes and seldom collides, not one that resists an attacker.
__extension__ typedef unsigned __int128 Digest;

Digest digest(std::string_view name) {
  constexpr Digest prime = (static_cast<Digest>(1) << 88) | 0x13b;
  Digest hash = (static_cast<Digest>(0x6c62272e07bb0142) << 64) | 0x62b821756295c58d;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= prime;
  }
  return hash;
}

}  // namespace

Uidl uidl(std::string_view file_name, unsigned copy) {
  const auto name = unique_name(file_name);
  // Room is kept for "-2", so that a copy's id is the name's with the number behind it.
  const bool fits = !name.empty() && name.size() <= (copy == 0 ? max_uidl : max_uidl - 11);
  Uidl id;
  if (fits && std::all_of(name.begin(), name.end(), base::is_graphic)) {
    id << name;
  } else {
    auto hash = digest(name);
    for (int i = 0; i < 32; ++i, hash <<= 4) id << "0123456789abcdef"[static_cast<int>(hash >> 124)];
  }
  if (copy != 0) id << '-' << copy + 1;
  return id;
}

}  // namespace maildir
