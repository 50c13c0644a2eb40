// SPDX-License-Identifier: ISC
// Bulletins' numbers: in the names of the files that hold them, in the names of the messages made
// of them, and in .popbull, the number of the last one that a user got (bulletins(8)). All functions
// are pure; views are into their arguments.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace maildir {

using BulletinNumber = std::uint64_t;
constexpr BulletinNumber last_bulletin_number = 999'999'999'999'999'999;  // 18 digits

// A file in the directory of bulletins: NUMBER.TEXT, or NUMBER.GROUP.TEXT.
struct BulletinName {
  BulletinNumber number;
  std::string_view group;  // between the first dot and the second; empty if there are no two
};
// Nothing for a name that does not begin with a digit, or with a number that is too large: such
// a file is no bulletin.
std::optional<BulletinName> parse_bulletin_name(std::string_view name);

// What .popbull holds: one number, blanks and line ends around it. Nothing if it is empty or
// anything else: whose it is counts as a new user.
std::optional<BulletinNumber> parse_bulletin_state(std::string_view content);

// The bulletin that the message with this file name was made of, in new/ or cur/: its second dotted
// element is "bull" and the number. No deliverer's names look like this.
std::optional<BulletinNumber> bulletin_of_message(std::string_view file_name);
// The beginning of such a name: "SECONDS.bullNUMBER.HOST". Of HOST what may stand in a name.
base::Text<120> name_of_message(std::uint64_t seconds, BulletinNumber number, std::string_view host);

}  // namespace maildir
