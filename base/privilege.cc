// SPDX-License-Identifier: ISC
#include "base/privilege.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/failure.h"

namespace base {

namespace {

void limit(int resource, rlim_t value) noexcept {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

}  // namespace

void drop_privilege(uid_t uid, gid_t gid, std::span<const gid_t> groups) {
  if (uid == 0 || gid == 0) bug("drop_privilege: to root");
  if (::setgroups(groups.size(), groups.data()) != 0) fail("setgroups");
  if (::setresgid(gid, gid, gid) != 0) fail("setresgid");
  if (::setresuid(uid, uid, uid) != 0) fail("setresuid");

  // What must never be: but nothing is worth more than knowing it.
  if (::setresuid(0, 0, 0) == 0 || ::setresgid(0, 0, 0) == 0) bug("drop_privilege: root came back");
  uid_t real_uid, effective_uid, saved_uid;
  gid_t real_gid, effective_gid, saved_gid;
  if (::getresuid(&real_uid, &effective_uid, &saved_uid) != 0 ||
      ::getresgid(&real_gid, &effective_gid, &saved_gid) != 0)
    fail("read my ids");
  if (real_uid != uid || effective_uid != uid || saved_uid != uid || real_gid != gid ||
      effective_gid != gid || saved_gid != gid)
    bug("drop_privilege: ids differ");
}

void hide_memory() noexcept {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  limit(RLIMIT_CORE, 0);
}

void enter_empty_root(const char* directory) {
  struct stat status;
  if (::chdir(directory) != 0 || ::stat(".", &status) != 0) fail("enter", directory);
  if (status.st_uid != 0 || (status.st_mode & 022) != 0)
    throw Failure(directory, "must belong to root and be writable by root only");
  if (::chroot(".") != 0) fail("chroot to", directory);
}

void forbid_growth() noexcept {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_FSIZE, 0);
  ::signal(SIGXFSZ, SIG_IGN);  // the log may be a file
  // After the change of uid, which would undo it. Who has died before is seen by the next read.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

}  // namespace base
