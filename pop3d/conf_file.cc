// SPDX-License-Identifier: ISC
#include "pop3d/conf_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace pop3d {

namespace {

using Wrong = base::Text<160>;

const char* wrong_owner(const struct stat& status, Trust trust, uid_t user) {
  switch (trust) {
    case Trust::service:
      return status.st_uid == 0 || status.st_uid == user ? nullptr : "belongs neither to root nor to who starts the service";
    case Trust::user: return status.st_uid == user ? nullptr : "does not belong to the user";
    case Trust::directory: return status.st_uid != user ? nullptr : "belongs to the user";
  }
  return "";
}

const char* wrong_status(const struct stat& status, Trust trust, uid_t user) {
  if (!S_ISREG(status.st_mode)) return "not a regular file";
  if (const auto why = wrong_owner(status, trust, user)) return why;
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "group or others may write it";
  return nullptr;
}

}  // namespace

FileResult read_conf_file(const char* path, Trust trust, uid_t user, ConfFile& file, Wrong& wrong) {
  const auto refuse = [&](const char* why) {
    wrong << why;
    return FileResult::wrong;
  };
  // Not to wait for a FIFO; what it is is looked at below.
  const int flags = O_RDONLY | O_NONBLOCK | (trust == Trust::service ? 0 : O_NOFOLLOW);
  const auto fd = base::try_open(path, flags);
  if (!fd && errno == ENOENT) {
    wrong << std::strerror(ENOENT);
    return FileResult::missing;
  }
  if (!fd) return refuse(errno == ELOOP ? "is a symbolic link" : std::strerror(errno));
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return refuse(std::strerror(errno));
  if (const auto why = wrong_status(status, trust, user)) return refuse(why);
  const std::size_t most = trust == Trust::user ? max_user_file : max_admin_file;
  file.octets.clear();
  for (;;) {  // not st_size: a file may grow meanwhile
    constexpr std::size_t step = 4096;
    const long got = base::read_some(fd.get(), file.octets.extend(step), step);
    if (got < 0) return refuse(std::strerror(errno));
    file.octets.shorten(file.octets.size() - step + static_cast<std::size_t>(got));
    if (file.octets.size() > most) {
      wrong << "longer than " << most << " octets";
      return FileResult::wrong;
    }
    if (got == 0) break;
  }
  file.device = status.st_dev;
  file.inode = status.st_ino;
  return FileResult::good;
}

Wrong wrong_directory(const char* directory, uid_t user) {
  Wrong wrong;
  struct stat status;
  if (directory[0] != '/') wrong << "not an absolute path";
  else if (::stat(directory, &status) != 0) wrong << std::strerror(errno);
  else if (!S_ISDIR(status.st_mode)) wrong << "not a directory";
  else if (status.st_uid == user) wrong << "belongs to the user";
  else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) wrong << "group or others may write in it";
  return wrong;
}

bool is_file_name(std::string_view login) {
  return !login.empty() && login[0] != '.' && login.find('/') == login.npos && login.size() <= 255;
}

}  // namespace pop3d
