// SPDX-License-Identifier: ISC
// From the names in a Maildir to its image: sizes and unique-ids.
#pragma once

#include "maildir/image.h"
#include "maildir/listing.h"
#include "maildir/measure.h"

namespace maildir {

struct Made {
  Image image;
  std::size_t passed_over;  // files that turned out to be no messages, or could not be opened
  bool has_copies;          // files that bear one unique name
};

// The image of LISTING, which is sorted. The sizes of files that KNOWN has, by unique name and
// inode, are taken from there; the others are measured. Ids are those of ./uidl.map, else the
// default; none stands twice. Throws Corrupt if KNOWN is, Failure where the machine fails.
Made make_image(const Listing& listing, const Image* known, SizePolicy policy);

Record record_of(const Measured& measured, const Listing::Found& found);

}  // namespace maildir
