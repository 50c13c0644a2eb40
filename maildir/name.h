// SPDX-License-Identifier: ISC
// What a message's file name says. Format: UNIQUE[:INFO], where INFO is "2,FLAGS"
// (https://cr.yp.to/proto/maildir.html). All functions are pure and view into their argument.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace maildir {

// The part that stays when flags change: up to the first colon.
std::string_view unique_name(std::string_view file_name);

// Maildir++'s sizes in a unique name: ",S=" the octets on disk, ",W=" those with each line end as
// CRLF. Each counts if nothing but digits stands between it and the next comma, colon or end.
struct StatedSizes {
  std::optional<std::uint64_t> file, wire;
};
StatedSizes sizes_in_name(std::string_view file_name);

// The letters behind ":2,"; empty if there are none.
std::string_view flags(std::string_view file_name);

// The delivery time that a unique name begins with, in seconds; 0 if it begins with no number,
// and the largest number if it begins with one that is larger.
std::uint64_t time_prefix(std::string_view file_name);

// FILE_NAME with FLAG among its flags, in ASCII order; without any flag if FLAG is NUL. ":2," is
// added where there is no info; an info of another kind stays as it is. Nothing if the name would
// be too long for a file.
constexpr std::size_t max_file_name = 255;
std::optional<base::Text<max_file_name>> with_flag(std::string_view file_name, char flag);

// RFC 1939 s.7: a unique-id is 1 to 70 octets of 0x21 to 0x7E.
constexpr std::size_t max_uidl = 70;
using Uidl = base::Text<max_uidl>;

// The unique name itself, as qmail-pop3d gives it, where it may be a unique-id; else a hash of
// it. COPY tells apart files that bear one unique name: 0 for the first, then 1, 2, ...
Uidl uidl(std::string_view file_name, unsigned copy);

}  // namespace maildir
