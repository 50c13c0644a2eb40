// SPDX-License-Identifier: ISC
#include "pop3d/enter.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "maildir/uidl_map.h"

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

// A folder or a list may be a symbolic link to elsewhere: that place is the Maildir's too. What is
// none is below the Maildir already, and the kernel looks through fewer rules. A link that another program makes
// later leads nowhere.
void confine(maildir::Opened entered, const Settings& settings) {
  using Use = base::Place::Use;
  constexpr std::size_t most = 12;
  base::Place places[most] = {{"."}};
  std::size_t count = entered == maildir::Opened::good ? 1 : 0;
  const auto add = [&](const char* path, Use use) {
    if (count == most) base::bug("confine: too many places");
    places[count++] = {path, use};
  };
  const auto add_link = [&](const char* path, Use use) {
    struct stat status;
    if (::lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) add(path, use);
  };
  if (entered == maildir::Opened::good) {
    for (const char* folder : {"new", "cur", "tmp"}) add_link(folder, Use::directory);
    if (settings.update.delete_by == maildir::DeleteBy::trash)
      for (const char* folder : {".Trash", ".Trash/tmp", ".Trash/new", ".Trash/cur"})
        add_link(folder, Use::directory);
    add_link(maildir::UidlMap::file_name, Use::read_file);
    if (settings.uidl_import)
      if (const char* list = maildir::list_of(settings.uidl_import->source)) add_link(list, Use::read_file);
    // A Maildir++ folder's quota is its user's (maildir/quota.h).
    if (::access("maildirfolder", F_OK) == 0) add("../maildirsize", Use::write_file);
  }
  base::confine_to_mailbox(base::read_sandbox(), {places, count}, settings.runner >= 0);
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
