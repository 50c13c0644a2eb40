// SPDX-License-Identifier: ISC
// Delivery into a Maildir: tmp/ first, then new/, so that no reader ever sees half a message
// (https://cr.yp.to/proto/maildir.html).
#pragma once

#include <string_view>

#include "base/text.h"
#include "maildir/name.h"

namespace maildir {

// Reads a message from FD to its end and delivers it into the current directory's Maildir, safe
// on disk (fsync) before it appears. Gives the file's name in new/: time, host and what makes it
// unique, then its sizes as ",S=...,W=...", so that nobody has to read it for them. HOST may hold
// anything; what may not stand in a name is left out. Throws, and leaves nothing behind, where
// the machine fails.
base::Text<max_file_name> deliver(int fd, std::string_view host);

}  // namespace maildir
