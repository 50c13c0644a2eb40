// SPDX-License-Identifier: ISC
// A reading of new/ and cur/ while other programs work on them.
//
// A file whose name is changed while its directory is read may be given under both names, or under
// none. So a reading counts if the directories bore the same stamps before and after it, old enough to
// show any change (stamp.h). If they did not, they are read again, and what one reading missed another
// will have. A directory that never stands still is left after some rounds: then a file that went meanwhile
// may be in the list, under its last name; but one that was there all the time, and whose name was changed
// in each round just as it was read, is the only one that can be missing.
#pragma once

#include <cstdint>

#include "maildir/index_file.h"
#include "maildir/listing.h"

namespace maildir {

class Reading {
 public:
  // Reads both folders, in as many rounds as it takes. Throws where the machine fails.
  Opened read(SizePolicy policy);

  const Listing& listing() const { return listing_; }  // sorted
  // Before the last round; and the clock before that.
  const Sources& sources() const { return sources_; }
  std::int64_t began_ns() const { return began_ns_; }
  // The list is what the directories held while they bore these stamps.
  bool stood_still() const { return stood_still_; }

 private:
  Listing listing_;
  Sources sources_;
  std::int64_t began_ns_ = 0;
  bool stood_still_ = false;
};

}  // namespace maildir
