// SPDX-License-Identifier: ISC
// What a popup says on descriptor 3: fields each ended by a NUL. The first three are checkpassword's,
// login \0 password-or-response \0 timestamp \0, and with them whatever it likes, 512 octets at the most
// (https://cr.yp.to/checkpwd/interface.html). Methods that checkpassword does not know need more.
//
//   method         second field              third        further
//   password       password                  timestamp
//   apop           32 hexadecimal digits     timestamp
//   cram_md5       32 hexadecimal digits     challenge
//   external       SHA-256 of certificate    timestamp    name in it
//   token          its subject               timestamp
//   scram*         client-final or ""        our nonce    client-first, tls-exporter, tls-server-end-point
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace checkpw {

constexpr std::size_t max_record = 512;
constexpr std::size_t max_scram_record = 2048;

// How the client proved itself. The record does not say: pop3-login says it in POP3_AUTH.
// Under another popup a response that looks like APOP's may be one, or may be a password.
enum class Method { unknown, password, apop, cram_md5, external, token, scram, scram_plus };

// Views into the record.
struct Login {
  std::string_view name, response, timestamp;
  std::array<std::string_view, 3> more;
};

// Pure. Nothing if a field that METHOD needs is not ended by its NUL, or the name is empty.
std::optional<Login> parse_login(std::string_view record, Method method = Method::unknown);

// How long a record may be.
std::size_t max_record_of(Method method);

// POP3_AUTH's value; nothing if it is a method we do not know.
std::optional<Method> parse_method(std::string_view text);

bool is_scram(Method method);

// True for 32 hexadecimal digits, either case: what an APOP digest looks like.
bool looks_like_digest(std::string_view response);

}  // namespace checkpw
