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
