// SPDX-License-Identifier: ISC
#include "checkpw/become.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/failure.h"
#include "base/privilege.h"

namespace checkpw {

void become(const Account& account, const std::string& login, const std::string& secret_name, bool is_root) {
  if (is_root)
    base::drop_privilege(account.uid, account.gid,
                         account.groups.empty() ? std::span<const gid_t>(&account.gid, 1)
                                                : std::span<const gid_t>(account.groups));
  if (::chdir(account.home.c_str()) != 0) base::fail("enter home", account.home);
  base::set_env("USER", login.c_str());
  base::set_env("HOME", account.home.c_str());
  base::set_env("SHELL", account.shell.empty() ? "/bin/sh" : account.shell.c_str());
  base::set_or_unset_env("MAILDIR", account.maildir.c_str());
  base::set_or_unset_env("POP3_SECRET_NAME", secret_name.c_str());
  // What concerned the login only.
  for (const char* name : {"UID", "GID", "ROOT", "BLOCK_UID", "POP3_LITERAL_LOGIN", "BOTAN_MLOCK_POOL_SIZE"})
    base::unset_env(name);
  // Last, so that nothing else has a say in it.
  std::string decided;
  for (const auto& [name, value] : account.settings) {
    base::set_env(name.c_str(), value.c_str());
    decided += (decided.empty() ? "" : " ") + name;
  }
  base::set_or_unset_env("POP3_RECORD", decided.c_str());
}

bool is_closed_home() {
  struct stat status;
  return ::stat(".", &status) == 0 && (status.st_mode & S_ISVTX) != 0;
}

}  // namespace checkpw
