// SPDX-License-Identifier: ISC
// What a popup says on descriptor 3: login \0 password-or-response \0 timestamp \0, then
// whatever it likes, 512 octets at the most (https://cr.yp.to/checkpwd/interface.html).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace checkpw {

constexpr std::size_t max_record = 512;

// How the client proved itself. The record does not say: pop3-login says it in POP3_AUTH.
// Under another popup a response that looks like APOP's may be one, or may be a password.
enum class Method { unknown, password, apop };

// Views into the record.
struct Login {
  std::string_view name, response, timestamp;
};

// Pure. Nothing if a field is not ended by its NUL, or the name is empty.
std::optional<Login> parse_login(std::string_view record);

// POP3_AUTH's value; nothing if it is a method we do not know.
std::optional<Method> parse_method(std::string_view text);

// True for 32 hexadecimal digits, either case: what an APOP digest looks like.
bool looks_like_digest(std::string_view response);

}  // namespace checkpw
