// SPDX-License-Identifier: ISC
#include "checkpw/digest.h"

// By class, not by name: a name would link all that Botan knows.
#include <botan/hex.h>
#include <botan/hmac.h>
#include <botan/md5.h>
#include <botan/pbkdf2.h>
#include <botan/sha2_32.h>

#include "base/base64.h"
#include "base/text.h"

namespace checkpw {

namespace {

const std::uint8_t* octets_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

template <typename Octets>
std::string text_of(const Octets& octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

template <typename Hash>
auto hmac(std::string_view key, std::string_view text) {
  Botan::HMAC mac(new Hash);  // which is the HMAC's from now on
  mac.set_key(octets_of(key), key.size());
  mac.update(octets_of(text), text.size());
  return mac.final();
}

// What encode_base64 writes to.
struct Appender {
  std::string& text;
  Appender& operator<<(char c) {
    text += c;
    return *this;
  }
};

}  // namespace

std::string sha256(std::string_view text) {
  Botan::SHA_256 hash;
  hash.update(octets_of(text), text.size());
  return text_of(hash.final());
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  return text_of(hmac<Botan::SHA_256>(key, text));
}

std::string pbkdf2_sha256(std::string_view password, std::string_view salt, unsigned iterations) {
  const Botan::HMAC mac(new Botan::SHA_256);
  const Botan::PBKDF2 hash(mac, iterations);
  Botan::secure_vector<std::uint8_t> key(sha256_octets);
  hash.derive_key(key.data(), key.size(), password.data(), password.size(), octets_of(salt), salt.size());
  return text_of(key);
}

std::string md5_hex(std::initializer_list<std::string_view> parts) {
  Botan::MD5 md5;
  for (const auto part : parts) md5.update(octets_of(part), part.size());
  return Botan::hex_encode(md5.final(), false);
}

std::string hmac_md5_hex(std::string_view key, std::string_view text) {
  return Botan::hex_encode(hmac<Botan::MD5>(key, text), false);
}

std::string to_base64(std::string_view octets) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  Appender appender{text};
  base::encode_base64(appender, octets);
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string octets(text.size(), '\0');
  const auto decoded = base::decode_base64(text, octets);
  if (!decoded) return {};
  octets.resize(decoded->size());
  return octets;
}

std::string to_hex(std::string_view octets) {
  return Botan::hex_encode(octets_of(octets), octets.size(), false);
}

std::optional<std::string> from_hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.size() % 2 != 0) return {};
  std::string octets;
  octets.reserve(text.size() / 2);  // grown, a key would leave copies behind
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = digits.find(base::lower(text[i])), low = digits.find(base::lower(text[i + 1]));
    if (high == digits.npos || low == digits.npos) return {};
    octets += static_cast<char>(high << 4 | low);
  }
  return octets;
}

}  // namespace checkpw
