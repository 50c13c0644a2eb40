// SPDX-License-Identifier: ISC
// From root to the user.
#pragma once

#include <string>

#include "checkpw/account.h"

namespace checkpw {

// Takes the account's groups, gid and uid (if we are root), goes to its home, and sets USER, HOME,
// SHELL, MAILDIR and POP3_SECRET_NAME - or removes the last two, so that nothing left in the environment
// chooses the mailbox.
// Throws, with nothing usable left, if any of it fails.
void become(const Account& account, const std::string& login, const std::string& secret_name, bool is_root);

}  // namespace checkpw
