// SPDX-License-Identifier: ISC
// Old messages out of the Maildir, the current directory.
#pragma once

#include <cstdint>
#include <ctime>

namespace maildir {

struct Retention {
  std::uint64_t days;
  bool unread_too;  // what is in new/, or has no flag S
  bool to_trash;    // into .Trash; else they are unlinked
};

// Messages whose age is above so many days, by the time that the name begins with and by the
// file's time of modification: the later one counts. So neither a copy of the mailbox, which has new
// times, nor a file with an old one that was delivered today, makes a message older than it is.
bool is_expired(const Retention& retention, std::uint64_t name_time, std::time_t file_time, std::time_t now);

struct Expired {
  std::uint64_t removed = 0, octets = 0, failed = 0;
  bool is_cut = false;  // there is more: the next login goes on
};

// Removes what is expired, within bounds, and takes it off maildirsize. Throws where the
// directories cannot be read.
Expired expire(const Retention& retention, std::time_t now);

// True if a look would find nothing: popchain.expire says that one with the same settings is less
// than six hours old, and the directories have not changed since.
bool has_expired_lately(const Retention& retention, std::time_t now) noexcept;
// Writes popchain.expire. Ignores failures: the next login looks again.
void note_expired(const Retention& retention) noexcept;

}  // namespace maildir
