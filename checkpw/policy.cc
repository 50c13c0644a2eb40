// SPDX-License-Identifier: ISC
#include "checkpw/policy.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/env.h"
#include "base/failure.h"
#include "base/text.h"
#include "checkpw/name_list.h"
#include "checkpw/schemes.h"

namespace checkpw {

namespace {

// A system account whose home belongs to somebody else by now was deleted, and its uid given away.
bool is_stale(const Account& account) {
  struct stat status;
  return account.is_system &&
         (::stat(account.home.c_str(), &status) != 0 || status.st_uid != account.uid);
}

std::string_view effective(const Account& account, const char* name, const std::string& of_service) {
  return find_setting(account.settings, name).value_or(of_service);
}

bool is_enabled(std::string_view value) {
  if (value.empty() || value == "1") return true;
  if (value == "0") return false;
  throw base::Failure("POP3_ENABLED", "not 0 or 1");
}

struct Required {
  bool tls = false, apop = false;
};
Required parse_required(std::string_view words) {
  Required required;
  while (!words.empty()) {
    const auto word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    std::string name;
    for (const char c : word) name += base::lower(c);
    if (name == "tls") required.tls = true;
    else if (name == "apop") required.apop = true;
    else if (!name.empty()) throw base::Failure("POP3_REQUIRE", "not tls, apop, or both");
  }
  return required;
}

// getusershell(3), and the line by which Qpopper lets any shell pass (with a slash at its end in its source).
bool is_good_shell(const std::string& file, const Account& account) {
  const NameList shells(file);
  return shells.has(account.shell.empty() ? "/bin/sh" : account.shell) || shells.has("/POPPER/ANY/SHELL") ||
         shells.has("/POPPER/ANY/SHELL/");
}

// What the administrator has said of this login.
std::string_view refusal_by_switch(const Policy& policy, std::string_view login, const Account& account, Proved proved) {
  if (!is_enabled(effective(account, "POP3_ENABLED", policy.enabled))) return "disabled";
  const auto required = parse_required(effective(account, "POP3_REQUIRE", policy.required));
  if (required.tls && !policy.has_tls) return "needs-tls";
  if (required.apop && proved != Proved::by_challenge) return "needs-apop";
  if (!policy.nonauth_file.empty() && NameList(policy.nonauth_file).has(login)) return "nonauth-file";
  if (!policy.auth_file.empty() && !NameList(policy.auth_file).has(login)) return "auth-file";
  if (!policy.shells.empty() && !is_good_shell(policy.shells, account)) return "shell";
  return {};
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
  policy.auth_file = base::get_env("POP3_AUTH_FILE");
  policy.nonauth_file = base::get_env("POP3_NONAUTH_FILE");
  if (base::env_switch("POP3_CHECK_SHELL", false)) policy.shells = "/etc/shells";
  // PROTO=SSL is not enough: sslserver says it where TLS may yet begin.
  policy.has_tls = !base::get_env("TLS_PROTOCOL").empty() || !base::get_env("SSL_PROTOCOL").empty();
  policy.enabled = base::get_env("POP3_ENABLED");
  policy.required = base::get_env("POP3_REQUIRE");
  return policy;
}

Proved how_proved(Method method, bool by_password) {
  if (by_password) return Proved::by_password;
  return method == Method::token ? Proved::by_token : Proved::by_challenge;
}

std::string_view refusal(const Policy& policy, std::string_view login, const Account& account, Proved proved) {
  if (account.uid == 0 || account.gid == 0) return "root";
  for (const auto group : account.groups)
    if (group == 0) return "root-group";
  if (account.uid <= policy.block_uid) return "blocked-uid";
  if (proved == Proved::by_password && policy.cleartext_default && has_digest_secret(account)) return "cleartext";
  if (const auto reason = refusal_by_switch(policy, login, account, proved); !reason.empty()) return reason;
  if (!policy.is_root) return account.uid == policy.our_uid ? "" : "not-our-uid";
  if (account.uid == policy.database_owner || account.uid == policy.login_uid) return "own-uid";
  if (is_stale(account)) return "stale";
  return {};
}

}  // namespace checkpw
