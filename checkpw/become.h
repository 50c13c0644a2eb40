// SPDX-License-Identifier: ISC
// From root to the user.
#pragma once

#include <string_view>

#include "checkpw/account.h"

namespace checkpw {

// Takes the account's groups, gid and uid (if we are root), goes to its home, and sets USER, HOME,
// SHELL and MAILDIR - or removes it, so that nothing left in the environment chooses the mailbox.
// Throws, with nothing usable left, if any of it fails.
void become(const Account& account, std::string_view login, bool is_root);

}  // namespace checkpw
