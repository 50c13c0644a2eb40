// SPDX-License-Identifier: ISC
#include "apoppasswd/admin.h"

#include <cstdio>
#include <set>

#include "apoppasswd/caller.h"
#include "apoppasswd/prompt.h"
#include "apoppasswd/transfer.h"
#include "base/failure.h"
#include "base/secret.h"
#include "checkpw/schemes.h"
#include "checkpw/users_db.h"
#include "checkpw/users_update.h"

namespace apoppasswd {

namespace {

// popchain gives no mail to a uid at or below this (BLOCK_UID's default, checkpw(8)).
constexpr uid_t least_user_uid = 100;

int refuse(std::string_view why) { return base::complain("apoppasswd", why, base::exit_refused); }
int refuse(const std::string& what, const std::string& why) { return refuse(what + ": " + why); }

void say(std::string_view text) { base::write_all(1, text, "standard output"); }

// -s, or what the database was created with.
const std::string& scheme_for(const Options& options, const checkpw::UsersUpdate& users) {
  return options.scheme.empty() ? users.header().scheme : options.scheme;
}

// A secret good enough for LOGIN; nothing, and why on fd 2.
std::optional<Typed> ask_good_secret(const std::string& login) {
  auto secret = ask_secret();
  if (!secret) return {};
  auto wrong = checkpw::check_password("", secret->text());
  if (!wrong) wrong = weakness(login, secret->text());
  if (wrong) {
    refuse(*wrong, "nothing changed");
    return {};
  }
  return secret;
}

std::string read_everything(int fd) {
  std::string text;
  base::Secret<65536> buffer;
  for (;;) {
    const auto size = base::read_all(fd, buffer.span());
    text.append(buffer.data, size);
    if (size < sizeof buffer.data) return text;
  }
}

// The lines of an import, all of them, or nothing and what is wrong with each on fd 2.
std::optional<std::vector<Line>> parse_import(std::string_view text, const std::string& name) {
  std::vector<Line> lines;
  bool good = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    auto parsed = parse_line(line);
    if (const auto wrong = std::get_if<std::string>(&parsed)) {
      refuse(name + ":" + std::to_string(number), *wrong);
      good = false;
    } else {
      lines.push_back(std::move(std::get<Line>(parsed)));
    }
  }
  if (!good) return {};
  return lines;
}

}  // namespace

int create(const Options& options) {
  become_owner(options.database);
  const std::string scheme = options.scheme.empty() ? "PLAIN" : options.scheme;
  if (!checkpw::UsersUpdate::create(options.database, scheme))
    return refuse(options.database, "exists already, nothing changed");
  return 0;
}

int add_or_change(const Options& options) {
  if (auto wrong = checkpw::check_login_name(options.login)) return refuse(*wrong);
  // passwd(5) speaks for a login that is new and that no -U makes a virtual one.
  const auto system = options.uid ? std::nullopt : find_system_user(options.login);
  const auto secret = ask_good_secret(options.login);
  if (!secret) return base::exit_refused;

  become_owner(options.database);
  checkpw::UsersUpdate users(options.database);
  auto account = users.find(options.login);
  if (!account) account = system ? system->account : checkpw::Account();
  if (options.uid) account->uid = *options.uid, account->is_system = false;
  if (options.gid) account->gid = *options.gid, account->groups.clear();
  if (options.home) account->home = *options.home;
  if (options.maildir) account->maildir = *options.maildir;
  if (account->uid == 0 || account->gid == 0 || account->home.empty())
    return refuse(options.login, "not a user of this machine: say -U uid -G gid -H home; and never root");
  const auto& scheme = scheme_for(options, users);
  if (auto wrong = checkpw::check_password(scheme, secret->text())) return refuse(*wrong);
  account->secrets = {checkpw::make_stored(scheme, secret->text())};
  if (auto wrong = checkpw::check_account(*account)) return refuse(options.login, *wrong);
  users.put(options.login, *account);
  users.commit();
  users.unlock();  // before our caller can make us wait
  say("Updated APOP password successfully.\n");
  return 0;
}

int change_own(const Options& options) {
  const auto user = find_system_user();
  if (!user) return refuse("you are not in passwd(5)");
  if (user->account.uid < least_user_uid) return refuse(user->login, "uids below 100 get no mail");
  const auto secret = ask_good_secret(user->login);
  if (!secret) return base::exit_refused;

  become_owner(options.database);
  checkpw::UsersUpdate users(options.database);
  auto account = users.find(user->login);
  if (account && account->uid != user->account.uid)
    return refuse(user->login, "belongs to another uid in the database, ask the administrator");
  if (!account) account = user->account;
  const auto& scheme = users.header().scheme;
  if (auto wrong = checkpw::check_password(scheme, secret->text())) return refuse(*wrong);
  account->secrets = {checkpw::make_stored(scheme, secret->text())};
  if (auto wrong = checkpw::check_account(*account)) return refuse(user->login, *wrong);
  users.put(user->login, *account);
  users.commit();
  users.unlock();
  say("Updated APOP password successfully.\n");
  return 0;
}

int remove(const Options& options) {
  become_owner(options.database);
  checkpw::UsersUpdate users(options.database);
  if (!users.remove(options.login)) return refuse(options.login, "no such login");
  users.commit();
  return 0;
}

int list(const Options& options) {
  become_owner(options.database);
  checkpw::UsersDb users(options.database);
  std::set<std::string> lines;
  users.for_each([&](std::string_view login, std::string_view record) {
    std::string line(login);
    const auto account = checkpw::decode(record);
    if (!account) line += "\tdamaged";
    for (std::size_t i = 0; account && i < account->secrets.size(); ++i)
      line.append(i == 0 ? "\t" : ",").append(checkpw::scheme_of(account->secrets[i]));
    lines.insert(line + "\n");
  });
  std::string text;
  for (const auto& line : lines) text += line;
  say(text);
  return 0;
}

int export_all(const Options& options) {
  become_owner(options.database);
  checkpw::UsersDb users(options.database);
  std::string text;
  int code = 0;
  users.for_each([&](std::string_view login, std::string_view record) {
    if (const auto account = checkpw::decode(record))
      text += format_lines(login, *account);
    else
      code = refuse(std::string(login), "damaged, left out");
  });
  say(text);
  base::wipe(text.data(), text.size());
  return code;
}

int import_all(const Options& options, base::UniqueFd input, const std::string& name) {
  // All is read and found good before the lock is taken: nobody waits for our standard input.
  auto text = read_everything(input.get());
  auto lines = parse_import(text, name);
  base::wipe(text.data(), text.size());
  if (!lines) return refuse("nothing imported");

  become_owner(options.database);
  checkpw::UsersUpdate users(options.database);
  std::set<std::string> seen;
  for (auto& line : *lines) {
    if (!line.password.empty()) {
      const auto& scheme = scheme_for(options, users);
      if (auto wrong = checkpw::check_password(scheme, line.password)) return refuse(line.login, *wrong + "; nothing imported");
      line.account.secrets = {checkpw::make_stored(scheme, line.password)};
    }
    if (!seen.insert(line.login).second) {  // a further secret of the same login
      auto account = users.find(line.login);
      account->secrets.push_back(line.account.secrets[0]);
      if (auto wrong = checkpw::check_account(*account))
        return refuse(line.login, *wrong + "; nothing imported");
      line.account = *account;
    }
    users.put(line.login, line.account);
  }
  users.commit();
  return 0;
}

}  // namespace apoppasswd
