// SPDX-License-Identifier: ISC
// pop3-login's parent: root, never on the network. It runs the verifier for its child, and keeps
// what the child must not be trusted with: tries, delays, the deadline.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "pop3d/guesses.h"
#include "pop3d/login_settings.h"
#include "pop3d/login_tls.h"

namespace pop3d {

struct ParentSettings {
  const LoginSettings& login;
  char* const* verifier;          // its argv
  std::string_view timestamp;
  std::int64_t started_ms;        // both on base::now_ms()'s clock
  std::int64_t deadline_ms;       // no login may begin after it
  bool is_connection_time;        // it is the whole connection's, not just AUTHORIZATION's
};

// Serves CHILD until the connection ends. CHANNEL is this side's end of the pair.
void supervise(const ParentSettings& settings, ConnectionTls& tls, Guesses& guesses, pid_t child,
               base::UniqueFd channel);

}  // namespace pop3d
