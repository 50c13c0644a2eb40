// SPDX-License-Identifier: ISC
// From root to the user.
#pragma once

#include <string>

#include "checkpw/account.h"

namespace checkpw {

// Takes the account's groups, gid and uid (if we are root), goes to its home, and sets USER, HOME,
// SHELL, MAILDIR and POP3_SECRET_NAME - or removes the last two, so that nothing left in the environment
// chooses the mailbox; then the record's settings, and POP3_RECORD, which names them for whoever
// else may set some.
// Throws, with nothing usable left, if any of it fails.
void become(const Account& account, const std::string& login, const std::string& secret_name, bool is_root);

// After become(): the home has its sticky bit set, qmail's and Courier's sign for "not now".
bool is_closed_home();

}  // namespace checkpw
