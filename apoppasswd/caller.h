// SPDX-License-Identifier: ISC
// Who called this program, and whose rights it uses. Installed setuid to the database's owner;
// the caller may be that owner, root, or any user of the machine.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "checkpw/account.h"

namespace apoppasswd {

// Makes a setuid start safe before anything is looked at: fd 0-2 open, environment emptied,
// no core, files for their owner only, a file-size limit an error instead of a signal.
void make_start_safe();

// True if the caller lent nothing but his wish: another user than the program's owner, and not
// root. He may change his own secret, and no option counts.
bool is_stranger();

// Becomes the owner of the directory that PATH is in, wholly, so that the caller cannot signal
// us; and blocks the signals his terminal can send. From now on there is a minute for all the
// rest. What is written then has that owner. Throws.
void become_owner(const std::string& path);

// As root makes the directory of the key file KEYS, if it is missing, for the owner of the
// directory of DATABASE alone: it is beside that one, where he may write nothing. Throws.
void make_directory_of_keys(const std::string& keys, const std::string& database);

// The system account of NAME, or of the real uid if NAME is empty, as passwd(5) and group(5) have
// it now, without a secret. Nothing if there is none.
struct SystemUser {
  std::string login;
  checkpw::Account account;
};
std::optional<SystemUser> find_system_user(const std::string& name = {});

}  // namespace apoppasswd
