// SPDX-License-Identifier: ISC
// pop3-login's parent: root, never on the network. It runs the verifier for its child, and keeps
// what the child must not be trusted with: tries, delays, the deadline.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/fd.h"

namespace pop3d {

struct ParentSettings {
  char* const* verifier;          // its argv
  std::string_view timestamp;
  uid_t uid;                      // to become once no verifier is to be run any more; 0: stay
  gid_t gid;
  std::int64_t deadline_ms;       // on base::now_ms()'s clock: no login may begin after it
  std::int64_t error_interval_ms; // from a login's question to a refusal
  std::uint64_t tries;
};

// Serves CHILD until the connection ends. CHANNEL is this side's end of the pair.
void supervise(const ParentSettings& settings, pid_t child, base::UniqueFd channel);

}  // namespace pop3d
