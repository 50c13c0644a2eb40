// SPDX-License-Identifier: ISC
// POP3_LOG_UIDL_CHANGE: have messages that stayed in the mailbox got other unique-ids since the last
// session? Then clients download them again, and the administrator hears of it before users do.
//
// A file in the Maildir, popchain.uidls, remembers each message's inode and a hash of its id. A message
// that has been there before is known by its inode, if its file is not younger than the list: a
// new file may have the inode of one that is gone. The current directory is the Maildir.
//
//   octets 0-7    "popuidl1"
//   octets 8-15   when the list was made, seconds since 1970, in the machine's byte order
//   then          for each message: inode, hash of its id, 8 octets each, by ascending inode
//
// It may be deleted at any moment; a file that is not of this form is as none.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/array.h"
#include "maildir/mailbox.h"

namespace pop3d {

class UidlChange {
 public:
  static constexpr const char* path = "popchain.uidls";

  // Compares MAILBOX with the list, at the moment NOW. Throws where the machine fails.
  struct Found {
    std::size_t stayed = 0, changed = 0;
    maildir::Uidl first;  // the new id of the first that has changed
  };
  Found compare(maildir::Mailbox& mailbox, std::int64_t now);

  // Writes the list anew, without REMOVED, if it is not what is there. Throws.
  void store(const base::Array<std::size_t>& removed);

 private:
  struct Entry {
    std::uint64_t inode, hash;
    std::size_t message;
  };
  base::Array<Entry> entries_;   // of the mailbox, by ascending inode
  base::Array<char> before_;     // the file
  std::int64_t now_ = 0;
};

}  // namespace pop3d
