// SPDX-License-Identifier: ISC
#include "checkpw/keys.h"

// By class, not by name: a name would link all that Botan knows.
#include <botan/chacha20poly1305.h>
#include <fcntl.h>

#include <algorithm>

#include "base/random.h"
#include "base/secret.h"
#include "checkpw/digest.h"
#include "checkpw/users_db.h"
#include "conf_home.h"

namespace checkpw {

const char installed_database[] = CONF_HOME "/etc/users/users.cdb";

namespace {

constexpr std::size_t nonce_octets = 24, tag_octets = 16;

constexpr std::size_t max_key_file = max_keys * (max_key_id + 1 + 2 * key_octets + 1);

bool is_key_id(std::string_view id) {
  return !id.empty() && id.size() <= max_key_id && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

const Key* find_key(const KeyRing& keys, std::string_view id) {
  for (const auto& key : keys)
    if (key.id == id) return &key;
  return nullptr;
}

// What is sealed for CONTEXT opens for nobody else, nor for another program that has the same key.
void begin(Botan::AEAD_Mode& cipher, const Key& key, std::string_view context, std::string_view nonce) {
  const auto octets = [](std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); };
  const auto bound = std::string("popchain users.cdb\0", 19).append(context);
  cipher.set_key(octets(key.octets.view()), key.octets.view().size());
  cipher.set_associated_data(octets(bound), bound.size());
  cipher.start(octets(nonce), nonce.size());
}

}  // namespace

Key make_key() {
  base::Secret<key_octets> octets;
  base::random_octets(octets.data, sizeof octets.data);
  return {std::string(base::random_name<8>().view()), SecretText(std::string(octets.data, key_octets))};
}

std::optional<KeyRing> parse_keys(std::string_view text) {
  KeyRing keys;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == text.npos || keys.size() == max_keys) return {};
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto id = line.substr(0, line.find(' '));
    if (!is_key_id(id) || find_key(keys, id) || line.size() != id.size() + 1 + 2 * key_octets) return {};
    auto octets = from_hex(line.substr(id.size() + 1));
    if (!octets) return {};
    keys.push_back({std::string(id), SecretText(std::move(*octets))});
  }
  if (keys.empty()) return {};
  return keys;
}

SecretText format_keys(const KeyRing& keys) {
  std::string text;
  text.reserve(max_key_file);  // grown, it would leave copies behind
  for (const auto& key : keys) text.append(key.id).append(" ").append(to_hex(key.octets.view())).append("\n");
  return SecretText(std::move(text));
}

KeyRing load_keys(const std::string& path, uid_t database_owner) {
  const auto file = open_private(path);
  if (file.owner != 0 && file.owner != database_owner)
    throw Unsafe(path, "belongs neither to root nor to the owner of the database");
  base::Secret<max_key_file + 1> buffer;
  const auto size = base::read_all(file.fd.get(), buffer.span());
  auto keys = parse_keys({buffer.data, size});
  if (!keys) throw base::Failure(path, "not a key file");
  return std::move(*keys);
}

std::string key_path_for(const std::string& database) {
  if (database == installed_database) return CONF_HOME "/etc/keys/users.key";
  constexpr std::string_view ending = ".cdb";
  const bool has_ending = database.ends_with(ending);
  return database.substr(0, database.size() - (has_ending ? ending.size() : 0)) + ".key";
}

std::string seal(const Key& key, std::string_view context, std::string_view plain) {
  char octets[nonce_octets];
  base::random_octets(octets, sizeof octets);
  std::string sealed(octets, sizeof octets);
  Botan::ChaCha20Poly1305_Encryption cipher;
  begin(cipher, key, context, sealed);
  Botan::secure_vector<std::uint8_t> text(plain.begin(), plain.end());
  cipher.finish(text);
  sealed.append(text.begin(), text.end());
  return key.id + '$' + to_base64(sealed);
}

bool is_sealed(std::string_view value) {
  const auto id = key_id_of(value);
  if (!is_key_id(id) || id.size() == value.size()) return false;
  const auto octets = from_base64(value.substr(id.size() + 1));
  return octets && octets->size() > nonce_octets + tag_octets;
}

std::string_view key_id_of(std::string_view value) { return value.substr(0, value.find('$')); }

SecretText unseal(const KeyRing& keys, std::string_view context, std::string_view value) {
  const auto id = key_id_of(value);
  const auto key = find_key(keys, id);
  if (!key) throw UnknownKey("a secret is sealed under a key that the key file does not have", id);
  const auto octets = is_sealed(value) ? from_base64(value.substr(id.size() + 1)) : std::nullopt;
  if (!octets) throw base::Failure("a sealed secret is malformed");
  Botan::ChaCha20Poly1305_Decryption cipher;
  begin(cipher, *key, context, std::string_view(*octets).substr(0, nonce_octets));
  Botan::secure_vector<std::uint8_t> text(octets->begin() + nonce_octets, octets->end());
  try {
    cipher.finish(text);
  } catch (const Botan::Invalid_Authentication_Tag&) {
    throw base::Failure("a sealed secret was changed, or sealed for another login or under another key");
  }
  return SecretText(std::string(text.begin(), text.end()));
}

}  // namespace checkpw
