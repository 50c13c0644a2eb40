// SPDX-License-Identifier: ISC
// A MIME message reduced to one text, for clients that want no more: pop3-mangle(8) has the rules. On GMime, since
// what mail is in practice has taken that library twenty years to learn.
#pragma once

#include <string>

#include "pop3d/mangle_wish.h"

typedef struct _GMimeStream GMimeStream;

namespace pop3d {

// Before anything else here. Once.
void begin_mangling();

// The message in STREAM, which can be sought in and stays the caller's, as WISH wants it. Lines end in LF; the header is
// ASCII, and so is all if the charset is. Never throws for what the message is; it ends in a note where
// something of it was too much.
std::string mangle_message(GMimeStream* stream, const MangleWish& wish);

}  // namespace pop3d
