// SPDX-License-Identifier: ISC
// Reading users.cdb. Writers replace it by rename, so a reader needs no lock.
#pragma once

#include <cdb.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "base/fd.h"
#include "checkpw/account.h"

namespace checkpw {

// The database is set up in a way that gives secrets away: not the login's fault, and trying
// again will not help.
class Unsafe : public base::Failure {
 public:
  using Failure::Failure;
};

// Opens a file of secrets for reading. Throws Unsafe if it is not a regular file, if anybody but its
// owner may read or write it, or if others may put another file in its place; Failure if it
// cannot be opened.
struct PrivateFile {
  base::UniqueFd fd;
  uid_t owner;
};
PrivateFile open_private(const std::string& path);

class UsersDb {
 public:
  // Opens and maps the file. Throws as open_private does; Failure too if it is no CDB.
  explicit UsersDb(const std::string& path);
  UsersDb(const UsersDb&) = delete;
  UsersDb& operator=(const UsersDb&) = delete;
  ~UsersDb();

  // The login's account; nothing if there is none. Throws if the record or the file is damaged.
  std::optional<Account> find(std::string_view login);

  Header header();       // throws if it is missing or damaged
  uid_t owner() const { return owner_; }

  // Calls VISIT(key, record) for each record but the header.
  template <typename Visit>
  void for_each(Visit visit) {
    unsigned position;
    cdb_seqinit(&position, &cdb_);
    while (next(position)) {
      const auto [key, record] = current();
      if (!key.empty()) visit(key, record);
    }
  }

 private:
  std::optional<std::string_view> raw(std::string_view key);  // views into the mapped file
  bool next(unsigned& position);
  std::pair<std::string_view, std::string_view> current();

  std::string path_;
  base::UniqueFd fd_;
  ::cdb cdb_{};
  uid_t owner_;
};

}  // namespace checkpw
