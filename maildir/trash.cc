// SPDX-License-Identifier: ISC
#include "maildir/trash.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/random.h"
#include "base/text.h"
#include "maildir/name.h"

namespace maildir {

namespace {

constexpr const char* folders[] = {".Trash", ".Trash/tmp", ".Trash/new", ".Trash/cur"};

}  // namespace

int rename_to_free_name(const char* from, const char* to) noexcept {
  if (::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  if (::link(from, to) == 0) {
    if (::unlink(from) == 0) return 0;
    const int error = errno;  // it was renamed by another: not to be there twice
    ::unlink(to);
    errno = error;
    return -1;
  }
  if (errno == EEXIST || errno == ENOENT) return -1;
  struct stat status;
  if (::lstat(to, &status) == 0) {
    errno = EEXIST;
    return -1;
  }
  return ::rename(from, to);
}

bool make_trash() noexcept {
  for (const char* folder : folders)
    if (::mkdir(folder, 0700) != 0 && errno != EEXIST) {
      if (errno == ENOENT) errno = EIO;
      return false;
    }
  // What tells a folder from a user's main Maildir (Maildir++).
  if (base::try_open(".Trash/maildirfolder", O_WRONLY | O_CREAT | O_NOFOLLOW, 0600)) return true;
  if (errno == ENOENT) errno = EIO;
  return false;
}

int move_to_trash(std::string_view folder, std::string_view name) {
  base::Text<max_file_name + 32> from, to;
  from << folder << '/' << name;
  auto info = name.substr(unique_name(name).size());
  if (info.empty() && name.size() + 3 <= max_file_name) info = ":2,";
  to << ".Trash/cur/" << unique_name(name) << info;
  const int result = rename_to_free_name(from.c_str(), to.c_str());
  if (result == 0 || errno != EEXIST) return result;
  to.clear();  // two messages of one name: both are kept
  to << ".Trash/cur/" << unique_name(name).substr(0, 200) << '.' << base::random_name<10>().view()
     << info.substr(0, 40);
  return rename_to_free_name(from.c_str(), to.c_str());
}

}  // namespace maildir
