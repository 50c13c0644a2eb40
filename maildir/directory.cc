// SPDX-License-Identifier: ISC
#include "maildir/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/failure.h"

namespace maildir {

namespace {

// The kernel's directory entry.
struct RawEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  unsigned char type;
  char name[1];  // in truth as long as it is, and ended by a NUL
};

// One directory is read at a time.
alignas(RawEntry) char buffer[65536];

}  // namespace

const char* path_of(Folder folder) { return folder == Folder::cur ? "cur" : "new"; }

bool is_lasting(int error) {
  return error == EACCES || error == EPERM || error == ENOTDIR || error == ELOOP ||
         error == ENAMETOOLONG;
}

Directory::Directory(Folder folder) : fd_(base::try_open(path_of(folder), O_RDONLY | O_DIRECTORY)) {
  if (fd_) return;
  if (errno != ENOENT && !is_lasting(errno)) base::fail("open", path_of(folder));
  opened_ = errno == ENOENT ? Opened::missing : Opened::unreadable;
}

bool Directory::next(Entry& entry) {
  if (opened_ != Opened::good) return false;
  for (;;) {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = ::syscall(SYS_getdents64, fd_.get(), buffer, sizeof buffer);
      if (end_ < 0) base::fail("read a directory");
      if (end_ == 0) return false;
    }
    const auto raw = reinterpret_cast<const RawEntry*>(buffer + begin_);
    begin_ += raw->length;
    if (raw->name[0] == '.') continue;
    const char* const name = raw->name;
    entry = {name, raw->inode, raw->type == DT_REG || raw->type == DT_UNKNOWN};
    return true;
  }
}

}  // namespace maildir
