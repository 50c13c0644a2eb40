// SPDX-License-Identifier: ISC
// Who gets no mailbox although the secret was right. Asked only after it was, so that a stranger
// learns nothing from the answer.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "checkpw/account.h"

namespace checkpw {

struct Policy {
  uid_t block_uid;       // this uid and all below it are refused (Qpopper's BLOCK_UID)
  uid_t database_owner;  // popchain's own accounts never have mail
  uid_t login_uid;       // likewise: what pop3-login's child runs as; 0 if unknown
  bool is_root;          // we can become anybody; else only ourselves
  uid_t our_uid;
  bool cleartext_default;  // POP3_CLEARTEXT=default, Qpopper's rule: who has a secret that spares
                           // him sending it has to be spared it
};

// From BLOCK_UID, UID and POP3_CLEARTEXT in the environment, and who we are. Throws if BLOCK_UID is no number.
Policy read_policy(uid_t database_owner);

// Why the account is refused, in one word for the log; empty if it is not. BY_PASSWORD: the client has
// sent the secret itself.
std::string_view refusal(const Policy& policy, const Account& account, bool by_password);

}  // namespace checkpw
