// SPDX-License-Identifier: ISC
// The digests that logins are made of. All octets are strings here. Everything throws where Botan
// fails, as when memory runs out.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace checkpw {

constexpr std::size_t sha256_octets = 32;

std::string sha256(std::string_view text);
std::string hmac_sha256(std::string_view key, std::string_view text);
// RFC 8018 s.5.2 with HMAC-SHA-256, which is SCRAM's Hi().
std::string pbkdf2_sha256(std::string_view password, std::string_view salt, unsigned iterations);

// In lower-case hexadecimal digits: of the parts, one behind the other.
std::string md5_hex(std::initializer_list<std::string_view> parts);
std::string hmac_md5_hex(std::string_view key, std::string_view text);

std::string to_base64(std::string_view octets);                     // with padding
std::optional<std::string> from_base64(std::string_view text);      // strict, with padding
std::string to_hex(std::string_view octets);                        // lower case
std::optional<std::string> from_hex(std::string_view text);         // either case, whole octets

}  // namespace checkpw
