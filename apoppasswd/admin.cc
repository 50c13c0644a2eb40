// SPDX-License-Identifier: ISC
#include "apoppasswd/admin.h"

#include <cstdio>
#include <set>

#include "apoppasswd/caller.h"
#include "apoppasswd/note.h"
#include "apoppasswd/prompt.h"
#include "apoppasswd/secrets.h"
#include "apoppasswd/transfer.h"
#include "base/failure.h"
#include "base/secret.h"
#include "checkpw/prepare.h"
#include "checkpw/schemes.h"
#include "checkpw/storing.h"
#include "checkpw/users_db.h"
#include "checkpw/users_update.h"
#include "checkpw/verify.h"

namespace apoppasswd {

namespace {

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

// -s, or what the database was created with; {PLAIN} stays as it is, but is sealed where others are.
std::string scheme_for(const Options& options, const checkpw::UsersUpdate& users, const Line& line) {
  if (line.is_plain) return users.header().scheme == "SEALED" && options.scheme != "PLAIN" ? "SEALED" : "PLAIN";
  return options.scheme.empty() ? users.header().scheme : options.scheme;
}

// What -U, -G, -H, -M and -o say.
void describe_anew(checkpw::Account& account, const Options& options) {
  if (options.uid) account.uid = *options.uid, account.is_system = false;
  if (options.gid) account.gid = *options.gid, account.groups.clear();
  if (options.home) account.home = *options.home;
  if (options.maildir) account.maildir = *options.maildir;
  for (const auto& change : options.changes) {
    std::erase_if(account.settings, [&](const auto& old) { return old.name == change.name; });
    if (change.value) account.settings.push_back({change.name, *change.value});
  }
}

bool is_blocked(const Options& options, const checkpw::Account& account) {
  return options.block_uid && account.uid <= *options.block_uid;
}
constexpr auto no_mail = "this uid gets no mail";

}  // namespace

int create(const Options& options) {
  make_directory_of_keys(options.keys, options.database);
  become_owner(options.database);
  const std::string scheme = options.scheme.empty() ? "SEALED" : options.scheme;
  if (!checkpw::UsersUpdate::create(options.database, scheme, options.keys))
    return refuse(options.database, "exists already, nothing changed");
  note(options, "created");
  return 0;
}

int add_or_change(const Options& options) {
  if (auto wrong = checkpw::check_login_name(options.login)) return refuse(*wrong);
  // passwd(5) speaks for a login that is new and that no -U makes a virtual one.
  const auto system = options.uid ? std::nullopt : find_system_user(options.login);
  const auto secret = ask_good_secret(options.login, options.scheme);
  if (!secret) return base::exit_refused;

  become_owner(options.database);
  checkpw::UsersUpdate users(options.database, options.keys);
  auto account = users.find(options.login);
  if (!account) account = system ? system->account : checkpw::Account();
  describe_anew(*account, options);
  if (account->uid == 0 || account->gid == 0 || account->home.empty())
    return refuse(options.login, "not a user of this machine: say -U uid -G gid -H home; and never root");
  if (is_blocked(options, *account)) return refuse(options.login, no_mail);
  if (auto wrong = set_secret(users, options.login, *account, options.secret_name, options.scheme, secret->text()))
    return refuse(options.login, *wrong);
  users.put(options.login, *account);
  commit_and_note(users, options, "secret", options.login);
  say_updated();
  return 0;
}

int modify(const Options& options) {
  become_owner(options.database);
  checkpw::UsersUpdate users(options.database, options.keys);
  auto account = users.find(options.login);
  if (!account) return refuse(options.login, "no such login");
  describe_anew(*account, options);
  if (account->uid == 0 || account->gid == 0) return refuse(options.login, "never root");
  if (auto wrong = checkpw::check_account(*account)) return refuse(options.login, *wrong);
  users.put(options.login, *account);
  commit_and_note(users, options, "record", options.login);
  return 0;
}

int remove(const Options& options) {
  become_owner(options.database);
  checkpw::UsersUpdate users(options.database, options.keys);
  auto account = users.find(options.login);
  if (!account) return refuse(options.login, "no such login");
  if (options.secret_name.empty()) {
    users.remove(options.login);
  } else {
    if (auto wrong = revoke_secret(*account, options.secret_name)) return refuse(options.secret_name, *wrong);
    users.put(options.login, *account);
  }
  commit_and_note(users, options, options.secret_name.empty() ? "deleted" : "revoked", options.login);
  return 0;
}

int list(const Options& options) {
  become_owner(options.database);
  checkpw::UsersDb users(options.database);
  std::set<std::string> lines;
  users.for_each([&](std::string_view login, std::string_view record) {
    lines.insert(describe(login, checkpw::decode(record)));
  });
  std::string text;
  for (const auto& line : lines) text += line;
  say(text);
  return 0;
}

int verify(const Options& options) {
  const auto secret = ask_once();
  if (!secret) return base::exit_refused;
  become_owner(options.database);
  checkpw::UsersDb users(options.database);
  checkpw::KeyFile keys(options.keys, users.owner());
  const auto login = checkpw::prepare(options.login);
  if (!login || !users.find(*login)) return refuse(options.login, "no such login");
  const auto verified = checkpw::verify(users, keys, {options.login, secret->text(), {}, {}}, checkpw::Method::password);
  if (!verified) return refuse(options.login, "that is not the secret");
  say(verified->secret_name.empty() ? "That is the secret.\n" : "That is the secret " + verified->secret_name + ".\n");
  return is_blocked(options, verified->account) ? refuse(options.login, no_mail) : 0;
}

int seal_all(const Options& options) {
  make_directory_of_keys(options.keys, options.database);
  become_owner(options.database);
  checkpw::UsersUpdate(options.database, options.keys).seal_all();
  note(options, "key");
  return 0;
}

int export_all(const Options& options) {
  become_owner(options.database);
  checkpw::UsersDb users(options.database);
  checkpw::KeyFile keys(options.keys, users.owner());
  std::string text;
  int code = 0;
  users.for_each([&](std::string_view login, std::string_view record) {
    auto account = checkpw::decode(record);
    if (!account) {
      code = refuse(std::string(login), "damaged, left out");
      return;
    }
    for (auto& secret : account->secrets) secret.stored = checkpw::open_secret(secret.stored, login, keys).stored.text();
    text += format_lines(login, *account);
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
  // SCRAM's keys of so many would take minutes: then they are derived at each login.
  constexpr std::size_t quick = 1000;
  const auto beside = lines->size() > quick ? checkpw::ScramKeysBeside::no : checkpw::ScramKeysBeside::yes;

  become_owner(options.database);
  checkpw::UsersUpdate users(options.database, options.keys);
  std::set<std::string> seen;
  for (auto& line : *lines) {
    if (!line.password.empty()) {
      const auto scheme = scheme_for(options, users, line);
      if (auto wrong = checkpw::check_password(scheme, line.password))
        return refuse(line.login, *wrong + "; nothing imported");
      line.account.secrets = {{users.make_stored(scheme, line.login, line.password, beside), line.secret_name}};
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
  commit_and_note(users, options, "imported");
  return 0;
}

}  // namespace apoppasswd
