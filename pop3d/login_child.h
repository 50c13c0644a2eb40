// SPDX-License-Identifier: ISC
// pop3-login's child: the AUTHORIZATION state of RFC 1939, as nobody, in an empty root.
#pragma once

#include <cstdint>
#include <string_view>

#include "pop3d/capabilities.h"
#include "pop3d/login_messages.h"
#include "pop3d/trace.h"

namespace pop3d {

struct ChildSettings {
  int parent;                   // its end of the SOCK_SEQPACKET pair
  std::string_view host;        // as on the command line
  std::string_view timestamp;   // APOP's and CRAM-MD5's, with its < and >
  std::string_view greeting;    // the administrator's own text; empty: ours
  Offer offer;
  Announced announced;
  Language preferred;           // what LANG * chooses
  std::uint64_t bad_commands;   // so many end the connection
  int refusal_delay_ms;         // before any -ERR that the parent has not delayed
  bool is_shy;                  // says no version
  Trace* trace;                 // watches, if it can; must outlive serve_authorization()
};

// Talks to the client on fd 0 and 1 until the session is handed on or ended.
ChildEnd serve_authorization(const ChildSettings& settings);

}  // namespace pop3d
