// SPDX-License-Identifier: ISC
// Reading new/ and cur/ by getdents64(2): names, inodes and types, without a stat each.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fd.h"

namespace maildir {

enum class Folder : std::uint8_t { new_mail, cur };

const char* path_of(Folder folder);  // "new" or "cur"

// How a Maildir, or a folder of it, can be there or not. The later, the worse.
enum class Opened {
  good,
  missing,     // does not exist: treated as empty
  unreadable,  // permission is missing, or something else stands in its place
};

// True for an errno that an administrator or the user has to mend; false for one that may pass
// by itself.
bool is_lasting(int error);

class Directory {
 public:
  // Opens the folder in the current directory. Throws where the machine fails.
  explicit Directory(Folder folder);
  Opened opened() const { return opened_; }
  int fd() const { return fd_.get(); }

  struct Entry {
    std::string_view name;  // ended by a NUL; views into the reader until the next call
    std::uint64_t inode;
    bool may_be_message;  // a regular file, or the file system does not say
  };
  // The next name that does not begin with a dot; false at the end. Throws.
  bool next(Entry& entry);

 private:
  base::UniqueFd fd_;
  Opened opened_ = Opened::good;
  long begin_ = 0, end_ = 0;
};

}  // namespace maildir
