// SPDX-License-Identifier: ISC
#include "apoppasswd/own.h"

#include "apoppasswd/caller.h"
#include "apoppasswd/note.h"
#include "apoppasswd/secrets.h"
#include "checkpw/users_db.h"
#include "checkpw/users_update.h"

namespace apoppasswd {

namespace {

// popchain gives no mail to a uid at or below this (BLOCK_UID's default, checkpw(8)).
constexpr uid_t least_user_uid = 100;

constexpr auto other_uid = "belongs to another uid in the database, ask the administrator";

// Who is calling; nothing, and why on fd 2, if he can have no record.
std::optional<SystemUser> find_caller() {
  auto user = find_system_user();
  if (!user) {
    refuse("you are not in passwd(5)");
    return {};
  }
  if (user->account.uid >= least_user_uid) return user;
  refuse(user->login, "uids below 100 get no mail");
  return {};
}

}  // namespace

int change_own(const Options& options) {
  const auto user = find_caller();
  if (!user) return base::exit_refused;
  const auto secret = ask_good_secret(user->login, "");
  if (!secret) return base::exit_refused;

  become_owner(options.database);
  checkpw::UsersUpdate users(options.database, options.keys);
  auto account = users.find(user->login);
  if (account && account->uid != user->account.uid) return refuse(user->login, other_uid);
  if (!account) account = user->account;
  if (auto wrong = set_secret(users, user->login, *account, options.secret_name, "", secret->text()))
    return refuse(user->login, *wrong);
  users.put(user->login, *account);
  commit_and_note(users, options, "secret", user->login);
  say_updated();
  return 0;
}

int revoke_own(const Options& options) {
  const auto user = find_caller();
  if (!user) return base::exit_refused;
  become_owner(options.database);
  checkpw::UsersUpdate users(options.database, options.keys);
  auto account = users.find(user->login);
  if (!account) return refuse(user->login, "no such login");
  if (account->uid != user->account.uid) return refuse(user->login, other_uid);
  if (auto wrong = revoke_secret(*account, options.secret_name)) return refuse(options.secret_name, *wrong);
  users.put(user->login, *account);
  commit_and_note(users, options, "revoked", user->login);
  return 0;
}

int list_own(const Options& options) {
  const auto user = find_caller();
  if (!user) return base::exit_refused;
  become_owner(options.database);
  const auto account = checkpw::UsersDb(options.database).find(user->login);
  if (!account) return refuse(user->login, "no such login");
  if (account->uid != user->account.uid) return refuse(user->login, other_uid);
  say(describe(user->login, account));
  return 0;
}

}  // namespace apoppasswd
