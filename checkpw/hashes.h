// SPDX-License-Identifier: ISC
// The schemes that hash a password in a way of their own, so that it serves PASS, PLAIN and LOGIN only:
// ARGON2ID, BCRYPT and CRYPT, which is crypt(3). VALUE and HASH stand without "{SCHEME}".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace checkpw {

constexpr std::size_t bcrypt_longest = 72;  // octets of a password that it looks at

// What is wrong with VALUE, in words; nothing if it can be used, at a cost that a login may have.
std::optional<std::string> check_hash(std::string_view scheme, std::string_view value);

// PASSWORD hashed, with a new salt. Throws where the libraries fail.
std::string make_hash(std::string_view scheme, const std::string& password);

// Is HASH of PASSWORD? Throws where Botan fails, as when memory runs out.
bool verify_hash(std::string_view scheme, const std::string& hash, const std::string& password);

}  // namespace checkpw
