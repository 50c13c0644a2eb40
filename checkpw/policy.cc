// SPDX-License-Identifier: ISC
#include "checkpw/policy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/env.h"
#include "base/text.h"
#include "checkpw/schemes.h"

namespace checkpw {

namespace {

// A system account whose home belongs to somebody else by now was deleted, and its uid given away.
bool is_stale(const Account& account) {
  struct stat status;
  return account.is_system &&
         (::stat(account.home.c_str(), &status) != 0 || status.st_uid != account.uid);
}

bool has_digest_secret(const Account& account) {
  return std::any_of(account.secrets.begin(), account.secrets.end(),
                     [](const StoredSecret& secret) { return is_cleartext_scheme(scheme_of(secret.stored)); });
}

}  // namespace

Policy read_policy(uid_t database_owner) {
  constexpr std::uint64_t largest_id = 0xfffffffe;
  Policy policy;
  policy.block_uid = static_cast<uid_t>(base::env_number("BLOCK_UID", 99, 0, largest_id));
  policy.database_owner = database_owner;
  // Set for pop3-login by envuidgid(8); under another popup it may mean anything.
  policy.login_uid = base::parse_number<uid_t>(base::get_env("UID")).value_or(0);
  policy.our_uid = ::geteuid();
  policy.is_root = policy.our_uid == 0;
  // All its other values are pop3-login's business.
  policy.cleartext_default = base::get_env("POP3_CLEARTEXT") == "default";
  return policy;
}

std::string_view refusal(const Policy& policy, const Account& account, bool by_password) {
  if (account.uid == 0 || account.gid == 0) return "root";
  for (const auto group : account.groups)
    if (group == 0) return "root-group";
  if (account.uid <= policy.block_uid) return "blocked-uid";
  if (by_password && policy.cleartext_default && has_digest_secret(account)) return "cleartext";
  if (!policy.is_root) return account.uid == policy.our_uid ? "" : "not-our-uid";
  if (account.uid == policy.database_owner || account.uid == policy.login_uid) return "own-uid";
  if (is_stale(account)) return "stale";
  return {};
}

}  // namespace checkpw
