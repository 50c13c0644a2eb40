// SPDX-License-Identifier: ISC
// Who gets no mailbox although the secret was right. Asked only after it was, so that a stranger
// learns nothing from the answer.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "checkpw/account.h"
#include "checkpw/login_record.h"

namespace checkpw {

// How the secret was proved.
enum class Proved {
  by_password,   // the client has sent it
  by_token,      // an OAuth token, which it has sent too
  by_challenge,  // without sending it: APOP, CRAM-MD5, SCRAM; a certificate
};
Proved how_proved(Method method, bool by_password);

struct Policy {
  uid_t block_uid;       // this uid and all below it are refused (Qpopper's BLOCK_UID)
  uid_t database_owner;  // popchain's own accounts never have mail
  uid_t login_uid;       // likewise: what pop3-login's child runs as; 0 if unknown
  bool is_root;          // we can become anybody; else only ourselves
  uid_t our_uid;
  bool cleartext_default;  // POP3_CLEARTEXT=default, Qpopper's rule: who has a secret that spares
                           // him sending it has to be spared it
  std::string auth_file, nonauth_file;  // only these logins, not these; empty: no such file
  std::string shells;  // the shell must be one of this file's; empty: any shell is good
  bool has_tls;
  // The record's own settings of these names win.
  std::string enabled, required;  // POP3_ENABLED, POP3_REQUIRE
};

// From the environment, and who we are. Throws base::Failure, naming the variable, if one has no value that it may
// have.
Policy read_policy(uid_t database_owner);

// Why the account of LOGIN is refused, in one word for the log; empty if it is not. Throws base::Failure if that
// cannot be said: a file cannot be read, or the record's setting has no value that it may have.
std::string_view refusal(const Policy& policy, std::string_view login, const Account& account, Proved proved);

}  // namespace checkpw
