// SPDX-License-Identifier: ISC
#include "maildir/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace maildir {

Locked try_lock(base::UniqueFd& lock) {
  lock = base::try_open(".", O_RDONLY | O_DIRECTORY);
  if (!lock) return Locked::impossible;
  int result;
  do {
    result = ::flock(lock.get(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return Locked::yes;
  return errno == EWOULDBLOCK ? Locked::in_use : Locked::impossible;
}

}  // namespace maildir
