// SPDX-License-Identifier: ISC
// pop3-record - show what a login's record in users.cdb sets, and no secret.
//
// usage   pop3-record [-f users.cdb] login
// reads   the database
// leaves  on fd 1 lines NAME=VALUE: UID, GID, HOME, SHELL, and the settings that the record decides
// exits   0; 1 there is no such login, or the database is unsafe; 100 misused; 111 the machine failed
// runs as root or the owner of the database
#include <unistd.h>

#include "base/failure.h"
#include "base/fd.h"
#include "base/privilege.h"
#include "checkpw/prepare.h"
#include "checkpw/users_db.h"
#include "conf_home.h"

namespace {

constexpr char program[] = "pop3-record";
constexpr char usage[] = "usage: pop3-record [-f users.cdb] login";

std::string describe(const checkpw::Account& account) {
  std::string text = "UID=" + std::to_string(account.uid) + "\nGID=" + std::to_string(account.gid) +
                     "\nHOME=" + account.home + "\nSHELL=" + (account.shell.empty() ? "/bin/sh" : account.shell) + '\n';
  if (!account.maildir.empty()) text += "MAILDIR=" + account.maildir + '\n';
  for (const auto& [name, value] : account.settings) text += name + '=' + value + '\n';
  return text;
}

int show(const std::string& database, const char* login) {
  checkpw::UsersDb users(database);
  const auto prepared = checkpw::prepare(login);
  const auto account = prepared ? users.find(*prepared) : std::nullopt;
  if (!account) return base::complain(program, std::string(login) + ": no such login", base::exit_refused);
  base::write_all(1, describe(*account), "standard output");
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string database = CONF_HOME "/etc/users/users.cdb";
  ::opterr = 0;
  for (int letter; (letter = ::getopt(argc, argv, "f:")) != -1;) {
    if (letter != 'f') return base::complain(program, usage, base::exit_usage);
    database = ::optarg;
  }
  if (::optind != argc - 1) return base::complain(program, usage, base::exit_usage);
  base::open_standard_fds();
  base::hide_memory();
  return show(database, argv[::optind]);
} catch (const checkpw::Unsafe& e) {
  return base::complain(program, e.what(), base::exit_refused);
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
