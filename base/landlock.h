// SPDX-License-Identifier: ISC
// Files that a process may use from now on (landlock(7)), by the directories they are below.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/fd.h"
#include "base/sandbox.h"

namespace base {

// struct landlock_ruleset_attr as of ABI 6; Debian 12's header has its first member only.
struct LandlockRights {
  std::uint64_t files, network, scope;
};

// What a kernel of that ABI can forbid; all of it shall be. Nothing if it is below 2, which cannot
// let a file be renamed from one directory to another, as new/ to cur/.
LandlockRights landlock_rights(long abi);
// How much of LandlockRights such a kernel knows, in octets.
std::size_t landlock_rights_size(long abi);

class Landlock {
 public:
  // Makes a set of rules that allows nothing, if the kernel has landlock, of ABI 2 at least; else
  // is_there() is false, and nothing else may be called. Throws.
  Landlock();

  bool is_there() const { return static_cast<bool>(rules_); }

  // Allows PLACE (sandbox.h). Throws.
  void allow(const Place& place);

  // Holds the process to the rules, for good. It must have no_new_privs. Throws.
  void restrict_self();

 private:
  UniqueFd rules_;
  std::uint64_t known_ = 0;  // to the kernel, of the rights to files
};

}  // namespace base
