// SPDX-License-Identifier: ISC
// How a secret is stored, and how a client's proof is held against it. A stored secret is
// "{SCHEME}value":
//
//   {PLAIN}      the secret itself: what APOP needs, and good for PASS
//   {CRYPT}      crypt(3): $1$ $2 $5$ $6$ $y$ $gy$ and traditional, at bearable cost: PASS only
//   {BCRYPT}     $2a$, $2b$, $2y$: PASS only
//   {ARGON2ID}   $argon2id$v=19$m=..,t=..,p=..$salt$hash, at most 19 MiB: PASS only
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace checkpw {

bool is_scheme(std::string_view name);

// The name between the braces; empty if there is none that is known.
std::string_view scheme_of(std::string_view stored);

// What is wrong with a stored secret, in words; nothing if it can be used. An empty secret is
// wrong, and so is a hash that would cost more than a login may.
std::optional<std::string> check_stored(std::string_view stored);

// What is wrong with a password to be stored by SCHEME; nothing if it may be: 1 to 248 octets
// of printable ASCII, since PASS carries no others (RFC 1939 s.3), and all of them must count:
// bcrypt looks at 72.
std::optional<std::string> check_password(std::string_view scheme, std::string_view password);

// PASSWORD stored by SCHEME, with a new salt. Throws where the libraries fail.
std::string make_stored(std::string_view scheme, std::string_view password);

// PASS: is PASSWORD the secret? Throws where Botan fails, as when memory runs out.
bool verify_password(std::string_view stored, std::string_view password);

// APOP (RFC 1939 s.7): is RESPONSE, 32 hexadecimal digits, the MD5 of TIMESTAMP and the
// secret? Never, unless the secret is {PLAIN}.
bool verify_apop(std::string_view stored, std::string_view response, std::string_view timestamp);

}  // namespace checkpw
