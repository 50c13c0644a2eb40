// SPDX-License-Identifier: ISC
// One login against users.cdb.
#pragma once

#include <optional>

#include "checkpw/login_record.h"
#include "checkpw/users_db.h"

namespace checkpw {

// The account, if one of its secrets is proved. An unknown login is verified against the
// database's dummy: it takes the same path, and costs what a known one with a secret of the
// default scheme does.
std::optional<Account> verify(UsersDb& users, const Login& login, Method method);

}  // namespace checkpw
