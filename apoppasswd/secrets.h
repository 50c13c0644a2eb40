// SPDX-License-Identifier: ISC
// The secrets of one account: asked for, set and taken away.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apoppasswd/prompt.h"
#include "checkpw/account.h"
#include "checkpw/users_update.h"

namespace apoppasswd {

// Says "apoppasswd: WHY" on fd 2; the exit code.
int refuse(std::string_view why);
int refuse(const std::string& what, const std::string& why);

// On standard output.
void say(std::string_view text);
// That the secret is changed: that is so, whether anybody hears of it or not.
void say_updated() noexcept;

// A secret good enough for LOGIN, prepared; nothing, and why on fd 2. SCHEME: -s, or empty.
std::optional<Typed> ask_good_secret(const std::string& login, const std::string& scheme);

// Stores SECRET by SCHEME (empty: the database's own) as the account's secret NAME, or as the main one if
// that is empty: then all others without a name go. What is wrong, in words; nothing if it is done.
std::optional<std::string> set_secret(checkpw::UsersUpdate& users, const std::string& login, checkpw::Account& account,
                                      const std::string& name, const std::string& scheme, std::string_view secret);

// Takes the secret NAME away. What is wrong, in words; nothing if it is done.
std::optional<std::string> revoke_secret(checkpw::Account& account, const std::string& name);

// What -l says of a login: its name, schemes, uid, mechanisms, the names of its secrets, and its settings, between
// tabs.
std::string describe(std::string_view login, const std::optional<checkpw::Account>& account);

}  // namespace apoppasswd
