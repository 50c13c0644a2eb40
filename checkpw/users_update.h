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

namespace checkpw {

class UsersUpdate {
 public:
  // Takes the lock (PATH.lock), waiting for it, and reads the database. Throws if that fails.
  explicit UsersUpdate(const std::string& path);

  // Makes an empty database whose new secrets are stored by SCHEME. False if there is one.
  static bool create(const std::string& path, std::string_view scheme);

  const Header& header() const { return header_; }
  // The login's account as it would be after commit. Throws if its record is damaged.
  std::optional<Account> find(const std::string& login) const;
  void put(const std::string& login, const Account& account);
  bool remove(const std::string& login);  // false if there is no such login

  // Writes the database: temporary file, fsync, rename, fsync of the directory. Throws, and
  // leaves the old one, if any of it fails.
  void commit();
  void unlock() { lock_.reset(); }  // nothing more is to be changed

 private:
  using Records = std::map<std::string, std::string>;  // login, encoded account
  UsersUpdate(const std::string& path, base::UniqueFd lock, Header header);
  static base::UniqueFd take_lock(const std::string& path);

  std::string path_;
  base::UniqueFd lock_;
  Header header_;
  Records records_;
};

}  // namespace checkpw
