// SPDX-License-Identifier: ISC
#include "apoppasswd/secrets.h"

#include <algorithm>

#include "base/failure.h"
#include "base/fd.h"
#include "checkpw/mechanisms.h"
#include "checkpw/prepare.h"
#include "checkpw/schemes.h"

namespace apoppasswd {

namespace {

void append(std::string& list, char separator, std::string_view item) {
  if (!list.empty()) list += separator;
  list += item;
}

}  // namespace

int refuse(std::string_view why) { return base::complain("apoppasswd", why, base::exit_refused); }
int refuse(const std::string& what, const std::string& why) { return refuse(what + ": " + why); }

void say(std::string_view text) { base::write_all(1, text, "standard output"); }
void say_updated() noexcept { (void)base::try_write_all(1, "Updated APOP password successfully.\n"); }

std::optional<Typed> ask_good_secret(const std::string& login, const std::string& scheme) {
  auto secret = ask_secret();
  if (!secret) return {};
  auto prepared = checkpw::prepare(secret->text());
  if (!prepared) {
    refuse("the secret is not UTF-8, or holds what SASLprep (RFC 4013) forbids", "nothing changed");
    return {};
  }
  Typed good(std::move(*prepared));
  auto wrong = checkpw::check_password("", good.text());
  // A certificate's or a token's subject is no password that could be weak.
  if (!wrong && (scheme.empty() || checkpw::is_password_scheme(scheme))) wrong = weakness(login, good.text());
  if (!wrong) return good;
  refuse(*wrong, "nothing changed");
  return {};
}

std::optional<std::string> set_secret(checkpw::UsersUpdate& users, const std::string& login, checkpw::Account& account,
                                      const std::string& name, const std::string& scheme, std::string_view secret) {
  const auto& by = scheme.empty() ? users.header().scheme : scheme;
  if (auto wrong = checkpw::check_password(by, secret)) return wrong;
  // It could be had from a copy of the database: worth a word, unless it was asked for.
  if (by == "PLAIN" && scheme.empty())
    base::complain("apoppasswd", "warning: stored as it is; 'apoppasswd -k' makes a key and seals all secrets", 0);
  std::erase_if(account.secrets, [&](const auto& old) { return old.name == name; });
  account.secrets.emplace_back(users.make_stored(by, login, secret), name);
  return checkpw::check_account(account);
}

std::optional<std::string> revoke_secret(checkpw::Account& account, const std::string& name) {
  if (std::erase_if(account.secrets, [&](const auto& old) { return old.name == name; }) == 0)
    return "no secret of this name";
  if (account.secrets.empty()) return "that is the only secret";
  return {};
}

std::string describe(std::string_view login, const std::optional<checkpw::Account>& account) {
  std::string line(login);
  if (!account) return line + "\tdamaged\n";
  std::string schemes, names;
  for (const auto& secret : account->secrets) {
    append(schemes, ',', checkpw::scheme_of(secret.stored));
    if (!secret.name.empty()) append(names, ',', secret.name);
  }
  line += '\t' + schemes + '\t' + std::to_string(account->uid) + '\t' + checkpw::mechanisms_of(*account).text();
  if (!names.empty() || !account->settings.empty()) line += '\t' + names;
  for (const auto& [name, value] : account->settings) line += '\t' + name + '=' + value;
  return line + '\n';
}

}  // namespace apoppasswd
