// SPDX-License-Identifier: ISC
// What the owner of the database and root may do. Each gives the exit code.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"

namespace apoppasswd {

struct Options {
  std::string database;
  std::string scheme;  // -s; empty: the database's own
  std::string login;   // -a or -d
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<std::string> home, maildir;
};

int create(const Options& options);
int add_or_change(const Options& options);
int remove(const Options& options);
int list(const Options& options);
int export_all(const Options& options);
// INPUT was opened with the caller's rights, before we became the database's owner.
int import_all(const Options& options, base::UniqueFd input, const std::string& name);

// The user of our real uid, in a record of his name: nothing but his secret.
int change_own(const Options& options);

}  // namespace apoppasswd
