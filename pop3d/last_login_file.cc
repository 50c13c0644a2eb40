// SPDX-License-Identifier: ISC
#include "pop3d/last_login_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/fd.h"

namespace pop3d {

LastLoginFile::Read LastLoginFile::read(const char* path) {
  const auto fd = base::try_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return errno == ENOENT ? Read::missing : errno == ELOOP ? Read::no_record : Read::unreadable;
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return Read::unreadable;
  if (!S_ISREG(status.st_mode)) return Read::no_record;
  const auto login = parse_last_login({content_, base::read_all(fd.get(), content_)});
  if (!login) return Read::no_record;
  login_ = *login;
  return Read::yes;
}

}  // namespace pop3d
