// SPDX-License-Identifier: ISC
// Bulletins into a Maildir, each once. The order of steps is what makes it once, whatever crashes
// and whoever else is at it:
//
//   1  the message is written to tmp/popchain.bulletin.NUMBER, and is on disk. The name can be made
//      once: who has made it has the bulletin, and looks at .popbull again.
//   2  .popbull says NUMBER, and is on disk
//   3  the message is renamed into new/
//
// Before 2 a crash leaves a file in tmp/ above .popbull's number: it is thrown away and made anew.
// Between 2 and 3 it leaves the file of that very number: the next login does step 3. Behind 3
// there is no such file, wherever the user has put the message since.
//
// .popbull itself may be lost, or be an old one from a backup. So a bulletin whose message is in new/
// or cur/ counts as delivered too.
#pragma once

#include <cstdint>

#include "base/array.h"
#include "maildir/bulletin_state.h"

namespace maildir {

class BulletinDelivery {
 public:
  // The current directory is the Maildir. HOST is for the messages' names. IS_ALONE: by a lock, no
  // other session delivers now, so that what is in tmp/ is a crash's.
  BulletinDelivery(const BulletinState& state, std::string_view host, bool is_alone)
      : state_(state), host_(host), is_alone_(is_alone) {}

  // Step 3 for .popbull's NUMBER, if a crash prevented it. True if there was something to do. Throws.
  bool finish(BulletinNumber number);
  // Has .popbull say NUMBER, without its message. Throws.
  void pass(BulletinNumber number);

  enum class Done { yes, before, by_another };
  // Delivers MESSAGE, and has .popbull say NUMBER. Throws where the machine fails; then .popbull is
  // as it was, or finish() will find the message.
  Done deliver(BulletinNumber number, const base::Array<char>& message);

 private:
  bool is_there(BulletinNumber number);
  bool has_passed(BulletinNumber number) const noexcept;
  bool write_temporary(const char* path, const base::Array<char>& message);
  void move_to_new(BulletinNumber number, const char* temporary);

  const BulletinState& state_;
  std::string_view host_;
  bool is_alone_;
  bool has_looked_ = false;
  base::Array<BulletinNumber> there_;  // in new/ and cur/
};

}  // namespace maildir
