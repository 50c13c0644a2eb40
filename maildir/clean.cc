// SPDX-License-Identifier: ISC
#include "maildir/clean.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <unistd.h>

#include <algorithm>

namespace maildir {

void clean_tmp(std::time_t now) noexcept {
  constexpr time_t too_old = 36 * 60 * 60;
  DIR* const directory = ::opendir("tmp");
  if (!directory) return;
  while (const dirent* entry = ::readdir(directory)) {
    struct stat status;
    if (entry->d_name[0] == '.' ||
        ::fstatat(::dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    // The ctime too: some deliverers set a message's own dates before they move it.
    if (!S_ISDIR(status.st_mode) && std::max({status.st_atime, status.st_mtime, status.st_ctime}) < now - too_old)
      ::unlinkat(::dirfd(directory), entry->d_name, 0);
  }
  ::closedir(directory);
}

}  // namespace maildir
