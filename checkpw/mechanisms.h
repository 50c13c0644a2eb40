// SPDX-License-Identifier: ISC
// What a stored secret is good for, in the names that clients know.
#pragma once

#include <string>

#include "checkpw/account.h"
#include "checkpw/users_db.h"

namespace checkpw {

// A set of mechanisms, in the order in which they are named.
class Mechanisms {
 public:
  void add(std::string_view scheme);  // all that a secret of this scheme can prove
  bool is_complete() const;
  // "APOP SCRAM-SHA-256 ..."
  std::string text() const;

 private:
  unsigned bits_ = 0;
};

// Of one login.
Mechanisms mechanisms_of(const Account& account);

// Of all logins, and of those that will be added.
std::string mechanisms(UsersDb& users);

}  // namespace checkpw
