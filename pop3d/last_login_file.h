// SPDX-License-Identifier: ISC
// Reading the file that holds the record of a last login.
#pragma once

#include "pop3d/last_login_record.h"

namespace pop3d {

class LastLoginFile {
 public:
  enum class Read {
    yes,
    missing,
    no_record,   // it holds something else, or is no regular file
    unreadable,  // errno says why
  };
  // Never waits, whatever is in the file's place. Throws if the disk fails.
  Read read(const char* path);
  const LastLogin& login() const { return login_; }  // views into this object

 private:
  char content_[max_last_login];
  LastLogin login_;
};

}  // namespace pop3d
