// SPDX-License-Identifier: ISC
// Tells syslog who has changed what.
#pragma once

#include <string_view>

#include "apoppasswd/admin.h"
#include "checkpw/users_update.h"

namespace apoppasswd {

// One line, of facility auth and priority notice, as apoppasswd(1) has it: WHAT has changed, of LOGIN
// and the secret -n names, if there are such. For the installed database only: any other is a copy.
// What fails here is ignored: the change has been made.
void note(const Options& options, std::string_view what, std::string_view login = {});

// Commits USERS, and lets go of the lock before it says so: nothing that makes us wait holds others up.
void commit_and_note(checkpw::UsersUpdate& users, const Options& options, std::string_view what,
                     std::string_view login = {});

}  // namespace apoppasswd
