// SPDX-License-Identifier: ISC
// One login against users.cdb.
#pragma once

#include <optional>
#include <string>

#include "checkpw/keys.h"
#include "checkpw/login_record.h"
#include "checkpw/users_db.h"

namespace checkpw {

struct Verified {
  std::string login;        // prepared: the record's key
  Account account;
  std::string secret_name;  // of the secret that was proved; empty: the main one
  bool by_password;         // the client has sent it
  std::string answer;       // SCRAM: server-final
};

// The account, if one of its secrets is proved. An unknown login, and one without a secret that METHOD
// could prove, are verified against the database's dummy: they take the same path, and cost what a
// known one with a secret of the default scheme does. SCRAM: the second step.
std::optional<Verified> verify(UsersDb& users, KeyFile& keys, const Login& login, Method method);

// SCRAM's first step: server-first, of any login alike. Nothing if client-first is not as it must be.
std::optional<std::string> challenge(UsersDb& users, const Login& login);

// False if what our own parent says for SCRAM is malformed: its nonce, or TLS's values.
bool is_sound_scram(const Login& login);

}  // namespace checkpw
