// SPDX-License-Identifier: ISC
// Locks on single octets of a file, which need not be there: an offset is a name. They belong to
// the open file, not to the process (F_OFD_SETLK): the kernel drops them when the last descriptor of
// it is closed, however its process ends.
#pragma once

#include <cstdint>

namespace pop3d {

// False if another has it. Throws where the file system knows no locks.
bool try_lock(int fd, std::int64_t at);

// For locks that are held for a few system calls: waits for a tenth of a second at the most, in case
// the holder was stopped. Throws as above.
bool lock_soon(int fd, std::int64_t at);

// Waits until MS have passed at the most. Uses SIGALRM and the real-time timer, and leaves them as
// they were, the timer disarmed. Throws as above.
bool lock_within(int fd, std::int64_t at, std::int64_t ms);

void unlock(int fd, std::int64_t at) noexcept;

}  // namespace pop3d
