// SPDX-License-Identifier: ISC
// A bulletin as the administrator wrote it, and as a user gets it. All functions are pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/array.h"
#include "base/text.h"

namespace maildir {

constexpr std::size_t max_bulletin = 1 << 20;  // octets: it goes to every user

// The parts of a bulletin: an RFC 5322 message, with or without an mbox "From " line before it,
// its lines ended by LF or CRLF. Views into the octets it was made of.
struct BulletinText {
  std::string_view header;         // whole lines: no "From " line, no empty line
  std::string_view body;           // from the empty line on; empty if there is none
  bool is_mbox = false;            // there was a "From " line
  const char* refusal = nullptr;   // why it is no message, in words
};
BulletinText parse_bulletin(std::string_view content);

// Takes the first field, with its continuation lines, off HEADER, which parse_bulletin has let pass.
std::string_view take_field(std::string_view& header);
// "To" of "To: joe"; empty if FIELD is no field.
std::string_view field_name(std::string_view field);
bool is_field(std::string_view field, std::string_view lower_case_name);

// What bulletin-add demands beyond that: why the administrator would not want everybody to have
// this; nullptr if it is good.
const char* why_not_publish(const BulletinText& text);

// The value of "To:" for USER, who may be "joe" or "joe@example.org"; HOST completes the former.
// Quoted where RFC 5322 s.3.2.4 wants it; what cannot stand there at all, such as an octet that
// would end the line, makes it "undisclosed-recipients:;".
using Recipient = base::Text<600>;
Recipient recipient(std::string_view user, std::string_view host);

// Appends the message to OUT: "To: RECIPIENT" in the place of the first To:, or behind the header;
// no other To:, no Status:, no X-UIDL:, with their continuation lines; all else as it is.
void append_addressed(const BulletinText& text, std::string_view recipient, base::Array<char>& out);

}  // namespace maildir
