// SPDX-License-Identifier: ISC
// The key file, and what is sealed under its keys: users.cdb(5). It stands outside the database's
// directory, so that a copy of the database alone gives no secret.
//
//   id hexkey        the current key, which new secrets are sealed under
//   id hexkey ...    older ones, until everything is sealed anew
//
// Sealed is by XChaCha20-Poly1305: its nonce of 24 octets can be random for ever, so that no counter
// has to be kept, and it is quick and constant-time without the processor's help.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.h"
#include "checkpw/secret_text.h"

namespace checkpw {

constexpr std::size_t key_octets = 32;
constexpr std::size_t max_keys = 16;
constexpr std::size_t max_key_id = 32;

struct Key {
  std::string id;      // 1 to 32 of a-z, 0-9
  SecretText octets;   // 32
};
using KeyRing = std::vector<Key>;  // the current one first

Key make_key();

// Pure. Nothing if a line is malformed, an id stands twice, or there are no keys or too many.
std::optional<KeyRing> parse_keys(std::string_view text);
SecretText format_keys(const KeyRing& keys);

// Reads PATH. Throws Failure if it cannot be read or is malformed, Unsafe (users_db.h) if others than
// its owner have any permission on it or may put another in its place, or if it belongs to
// another than root or DATABASE_OWNER.
KeyRing load_keys(const std::string& path, uid_t database_owner);

// The keys of a database, read when the first is needed: a database without sealed secrets needs no
// key file.
class KeyFile {
 public:
  KeyFile(std::string path, uid_t database_owner) : path_(std::move(path)), owner_(database_owner) {}
  explicit KeyFile(KeyRing keys) : keys_(std::move(keys)) {}
  const KeyRing& get() {  // throws as load_keys does
    if (keys_.empty()) keys_ = load_keys(path_, owner_);
    return keys_;
  }

 private:
  std::string path_;
  uid_t owner_ = 0;
  KeyRing keys_;
};

// CONF_HOME/etc/users/users.cdb.
extern const char installed_database[];

// The key file of the database DATABASE: for the installed one, CONF_HOME/etc/keys/users.key; for
// any other, beside it, with .key for .cdb.
std::string key_path_for(const std::string& database);

// The key that a secret was sealed under is not in the key file: the database may have been sealed anew
// since it was opened.
class UnknownKey : public base::Failure {
 public:
  using Failure::Failure;
};

// What {SEALED} holds: "id$base64 of nonce, ciphertext and tag". CONTEXT, the login, is bound in:
// under another one it does not open.
std::string seal(const Key& key, std::string_view context, std::string_view plain);
// True if VALUE has that form.
bool is_sealed(std::string_view value);
// The id of the key that VALUE was sealed under.
std::string_view key_id_of(std::string_view value);
// Throws UnknownKey; Failure if VALUE was changed or sealed for another login.
SecretText unseal(const KeyRing& keys, std::string_view context, std::string_view value);

}  // namespace checkpw
