// SPDX-License-Identifier: ISC
// What the owner of the database and root may do. Each gives the exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace apoppasswd {

// Of a record's setting.
struct Change {
  std::string name;
  std::optional<std::string> value;  // nothing: the record says no more about it
};

struct Options {
  std::string database, keys;  // the files
  std::string scheme;          // -s; empty: the database's own
  std::string login;           // -a, -d, -m or -v
  std::string secret_name;     // -n or -r; empty: the main secret
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<std::string> home, maildir;
  std::vector<Change> changes;  // -o
  std::optional<uid_t> block_uid;  // -b: this uid and those below are refused
  uid_t caller = 0;
};

int create(const Options& options);
int add_or_change(const Options& options);
int modify(const Options& options);  // all but secrets
int remove(const Options& options);  // the login, or its secret of that name
int list(const Options& options);
int verify(const Options& options);
int seal_all(const Options& options);
int export_all(const Options& options);
// INPUT was opened with the caller's rights, before we became the database's owner.
int import_all(const Options& options, base::UniqueFd input, const std::string& name);

}  // namespace apoppasswd
