// SPDX-License-Identifier: ISC
// One session at a time (RFC 1939 s.4). The kernel holds the lock for the life of the process: no
// crash leaves it behind, and no file has to be made.
#pragma once

#include "base/fd.h"

namespace maildir {

enum class Locked {
  yes,
  in_use,      // by another session
  impossible,  // the file system has no locks: go on without
};

// flock(2) on the Maildir, the current directory, held as long as LOCK is open. Never waits.
Locked try_lock(base::UniqueFd& lock);

}  // namespace maildir
