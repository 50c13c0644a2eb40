// SPDX-License-Identifier: ISC
// Changing users.cdb: under a lock, into a temporary file, by rename. A crash at any point
// leaves the old database or the new one; two at once take turns.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "checkpw/account.h"
#include "checkpw/storing.h"

namespace checkpw {

class UsersUpdate {
 public:
  // Takes the lock (PATH.lock), waiting for it, and reads the database. Throws if that fails.
  UsersUpdate(const std::string& path, const std::string& key_path);

  // Makes an empty database whose new secrets are stored by SCHEME; and the key file KEY_PATH, if that
  // is SEALED and it is not there yet. False if there is a database.
  static bool create(const std::string& path, std::string_view scheme, const std::string& key_path);

  const Header& header() const { return header_; }
  KeyFile& keys() { return keys_; }
  // The login's account as it would be after commit. Throws if its record is damaged.
  std::optional<Account> find(const std::string& login) const;
  void put(const std::string& login, const Account& account);
  bool remove(const std::string& login);  // false if there is no such login
  // PASSWORD as a secret of LOGIN by SCHEME, as in checkpw/storing.h.
  std::string make_stored(const std::string& scheme, std::string_view login, std::string_view password,
                          ScramKeysBeside beside = ScramKeysBeside::yes);

  // Makes a new key, seals all cleartext-equivalent secrets under it, and commits. At each moment the key
  // file has the keys of the database that is in place; a crash leaves keys there that are no longer
  // needed, and no more. Throws, and changes no secret, if one cannot be opened.
  void seal_all();

  // Writes the database: temporary file, fsync, rename, fsync of the directory. Throws, and
  // leaves the old one, if any of it fails.
  void commit();
  void unlock() { lock_.reset(); }  // nothing more is to be changed

 private:
  using Records = std::map<std::string, std::string>;  // login, encoded account
  UsersUpdate(const std::string& path, const std::string& key_path, base::UniqueFd lock);
  static base::UniqueFd take_lock(const std::string& path);

  std::string path_, key_path_;
  base::UniqueFd lock_;
  uid_t owner_;
  KeyFile keys_;
  Header header_;
  Records records_;
};

}  // namespace checkpw
