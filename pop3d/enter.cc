// SPDX-License-Identifier: ISC
#include "pop3d/enter.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"

namespace pop3d {

namespace {

void create_maildir(const char* path) {
  if (::mkdir(path, 0700) != 0 && errno != EEXIST) base::fail("make", path);
  if (::chdir(path) != 0) base::fail("enter", path);
  for (const char* folder : {"tmp", "new", "cur"})
    if (::mkdir(folder, 0700) != 0 && errno != EEXIST) base::fail("make", folder);
}

}  // namespace

maildir::Opened enter_maildir(const char* path, const Settings& settings) {
  if (::chdir(path) != 0) {
    if (maildir::is_lasting(errno)) return maildir::Opened::unreadable;
    if (errno != ENOENT) base::fail("enter", path);
    if (!settings.create) return maildir::Opened::missing;
    create_maildir(path);
  }
  struct stat status;
  if (::stat(".", &status) != 0) base::fail("stat", path);
  if (status.st_uid != ::geteuid()) return maildir::Opened::unreadable;
  return maildir::Opened::good;
}

void import_uidls_once(const Settings& settings) {
  if (!settings.uidl_import) return;
  const auto imported = maildir::import_uidls(*settings.uidl_import);
  if (imported.outcome == maildir::Imported::failed)
    throw base::Failure("import of unique-ids", imported.why.view());
  if (imported.outcome == maildir::Imported::written)
    base::LogLine("pop3d", "uidl-import")
        .field("user", base::get_env("USER"))
        .field("ids", imported.lines)
        .field("warnings", imported.warnings)
        .write();
}

}  // namespace pop3d
