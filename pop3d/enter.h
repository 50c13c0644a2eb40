// SPDX-License-Identifier: ISC
// Getting into the Maildir, and into the sandbox around it, before anything of it is read.
#pragma once

#include "maildir/directory.h"
#include "pop3d/settings.h"

namespace pop3d {

// Makes the Maildir at PATH the current directory. Makes it first, if it is missing and settings
// say so. Unreadable is also what belongs to another uid: its mail is not ours, whatever its
// mode. Throws where the machine fails.
maildir::Opened enter_maildir(const char* path, const Settings& settings);

// What is left of the files that pop3d may use is its Maildir (base/sandbox.h); nothing, if there
// is none. Throws, also where POP3_SANDBOX demands what the kernel lacks.
void confine(maildir::Opened entered, const Settings& settings);

// Takes over another server's unique-ids, if settings say so and it has not been done. Throws if
// that fails: to go on would give all messages ids that the next session takes back.
void import_uidls_once(const Settings& settings);

}  // namespace pop3d
