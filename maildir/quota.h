// SPDX-License-Identifier: ISC
// Maildir++'s maildirsize: the running account of a quota (courier-mta.org, README.maildirquota).
#pragma once

#include <cstdint>

namespace maildir {

// Appends one line that takes OCTETS and MESSAGES off. A file that is absent is not made: no
// quota is in force. Where the Maildir is a folder of another (it holds maildirfolder), the file is
// that one's. A failure is ignored: whoever enforces the quota counts anew.
void take_off_quota(std::uint64_t octets, std::uint64_t messages) noexcept;

// The same for what has come.
void put_on_quota(std::uint64_t octets, std::uint64_t messages) noexcept;

}  // namespace maildir
