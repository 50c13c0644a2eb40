// SPDX-License-Identifier: ISC
// Giving up root: one function, and the proof that it worked.
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

namespace base {

// Becomes UID and GID with just the supplementary groups GROUPS, for good: setgroups,
// setresgid, setresuid, in that order, then proves that neither root nor the old ids can come
// back. Throws if any of it fails. UID 0 or GID 0 is a bug.
void drop_privilege(uid_t uid, gid_t gid, std::span<const gid_t> groups);

// Nobody may read our memory: no core file, no ptrace by our own uid, until the next exec.
void hide_memory() noexcept;

// Makes DIRECTORY, which must belong to root and be writable by nobody else, the root and the
// current directory. Throws. Needs root.
void enter_empty_root(const char* directory);

// For a process that reads the network: never a new privilege by exec, no new process, no
// file longer than 0 octets, and death with its parent.
void forbid_growth() noexcept;

}  // namespace base
