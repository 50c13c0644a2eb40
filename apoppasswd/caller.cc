// SPDX-License-Identifier: ISC
#include "apoppasswd/caller.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/failure.h"
#include "base/fd.h"
#include "base/privilege.h"

namespace apoppasswd {

namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

void make_start_safe() {
  base::open_standard_fds();
  if (::getuid() != ::geteuid()) ::clearenv();
  // Root reads what it names with its own rights, whoever owns the program.
  if (::getuid() == 0 && ::setresuid(0, 0, 0) != 0) base::fail("setresuid");
  base::hide_memory();
  ::umask(077);
  ::signal(SIGXFSZ, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
}

bool is_stranger() { return ::getuid() != ::geteuid() && ::getuid() != 0; }

void become_owner(const std::string& path) {
  const auto directory = directory_of(path);
  struct stat status;
  if (::stat(directory.c_str(), &status) != 0) base::fail("find", directory);
  if (::getuid() == 0) {
    if (status.st_uid != 0) base::drop_privilege(status.st_uid, status.st_gid ? status.st_gid : status.st_uid, {});
  } else if (is_stranger()) {
    if (::geteuid() != status.st_uid)
      throw base::Failure(directory, "does not belong to the owner of apoppasswd");
    const uid_t owner = ::geteuid();
    if (::setresuid(owner, owner, owner) != 0) base::fail("setresuid");
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGQUIT, SIGTSTP, SIGHUP, SIGTTIN, SIGTTOU})
    sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  // Whatever the caller has made us wait for: nobody else waits longer for the database.
  constexpr unsigned longest_seconds = 60;
  ::signal(SIGALRM, SIG_DFL);
  sigemptyset(&signals);
  sigaddset(&signals, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
  ::alarm(longest_seconds);
}

void make_directory_of_keys(const std::string& keys, const std::string& database) {
  const auto directory = directory_of(keys);
  if (::getuid() != 0 || directory == directory_of(database)) return;
  struct stat status;
  if (::stat(directory_of(database).c_str(), &status) != 0) base::fail("find", directory_of(database));
  if (::mkdir(directory.c_str(), 0700) != 0) return;  // it is there, or is missed when a key is written
  if (::lchown(directory.c_str(), status.st_uid, status.st_gid) != 0) base::fail("chown", directory);
}

std::optional<SystemUser> find_system_user(const std::string& name) {
  const passwd* entry = name.empty() ? ::getpwuid(::getuid()) : ::getpwnam(name.c_str());
  if (!entry) return {};
  SystemUser user;
  user.login = entry->pw_name;
  user.account.uid = entry->pw_uid;
  user.account.gid = entry->pw_gid;
  user.account.home = entry->pw_dir;
  user.account.shell = entry->pw_shell;
  user.account.is_system = true;
  int count = static_cast<int>(checkpw::max_groups);
  user.account.groups.resize(checkpw::max_groups);
  if (::getgrouplist(entry->pw_name, entry->pw_gid, user.account.groups.data(), &count) < 0)
    throw base::Failure(user.login, "is in too many groups");
  user.account.groups.resize(static_cast<std::size_t>(count));
  return user;
}

}  // namespace apoppasswd
