// SPDX-License-Identifier: ISC
// The number of the last bulletin that a user got. Where it is:
//
//   POP3_POPBULL_DIR set    there, in USER.popbull; else read, never written:
//   unset                   in the Maildir, in .popbull; else read, never written:
//   neither                 .popbull in the home, as Qpopper left it
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/text.h"
#include "maildir/bulletin_name.h"

namespace maildir {

class BulletinState {
 public:
  // The current directory is the Maildir, HOME the user's home. Throws if the central directory
  // is not to be trusted, or USER cannot be a part of a file's name.
  explicit BulletinState(int home);

  // Nothing: a new user, or a file that holds no number. Throws if the file is not the user's, or
  // the machine fails.
  std::optional<BulletinNumber> read() const;

  // On disk when it comes back. Throws.
  void write(BulletinNumber number) const;

 private:
  std::optional<std::optional<BulletinNumber>> read_file(int directory, const char* name) const;

  int home_;
  base::UniqueFd directory_;  // the central one
  base::Text<200> name_;
};

}  // namespace maildir
