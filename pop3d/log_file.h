// SPDX-License-Identifier: ISC
// Files that sessions write lines to besides the log: POP3_ACCESS_LOG and POP3_TRACE.
//
// They are the administrator's, and pop3d is the user; so pop3-login's parent opens them, before any
// client is heard, and all programs behind it inherit the descriptor, whose number is in NAME_FD
// (POP3_ACCESS_LOG_FD for instance). Without pop3-login, pop3d opens them itself, as the user.
//
//   POP3_ACCESS_LOG  the file itself: appended to, a line and a write each. A user can write to
//                    what his pop3d has, as he can to the log on descriptor 2, and no more.
//   POP3_TRACE       a pipe to a process that appends to the file what comes: pop3-login's child is in a
//                    sandbox where no file can grow, and no user gets the file.
#pragma once

#include <sys/types.h>

#include "base/fd.h"

namespace pop3d {

// Opens PATH for appending, and makes it with mode 0600 if it is missing. Not through a symbolic
// link as its last part, nor what is no regular file, has several names or belongs to neither us
// nor root; and its directory must be ours or root's, with nobody else to write in it. Throws.
base::UniqueFd open_log_file(const char* path);

// For pop3-login's parent: opens what the environment names, for all that come behind it. The
// process that writes the trace becomes UID and GID, if they are not 0. What cannot be opened is
// told in the log, and is no reason to send clients away.
void open_log_files(uid_t uid, gid_t gid) noexcept;

// What a parent has opened, or we open now: -1 if nothing is wanted, or cannot be had, which is
// logged as of PROGRAM. FILE is POP3_ACCESS_LOG or POP3_TRACE.
int log_file(const char* program, const char* file) noexcept;

}  // namespace pop3d
