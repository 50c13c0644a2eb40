// SPDX-License-Identifier: ISC
// .Trash, the Maildir++ folder of messages that were removed; and a rename that loses none.
#pragma once

#include <string_view>

namespace maildir {

// rename(2) that never takes another message's place: -1 and EEXIST then. Where the file system
// cannot do it in one step it is link(2) and unlink(2), so that for a moment both names are there;
// where there are no links either, it is a look and a rename(2).
int rename_to_free_name(const char* from, const char* to) noexcept;

// Makes .Trash in the Maildir, the current directory, where it is missing. False and an errno that
// is not ENOENT, which would be taken for a message's.
bool make_trash() noexcept;

// Moves the message FOLDER/NAME into .Trash/cur, with its flags, under another unique name if its own
// is taken there. 0, or -1 and errno.
int move_to_trash(std::string_view folder, std::string_view name);

}  // namespace maildir
