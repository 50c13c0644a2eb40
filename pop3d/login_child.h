// SPDX-License-Identifier: ISC
// pop3-login's child: the AUTHORIZATION state of RFC 1939, as nobody, in an empty root.
#pragma once

#include <cstdint>
#include <string_view>

#include "pop3d/login_messages.h"

namespace pop3d {

struct ChildSettings {
  int parent;                   // its end of the SOCK_SEQPACKET pair
  std::string_view host;        // as on the command line
  std::string_view timestamp;   // APOP's and CRAM-MD5's, with its < and >
  Offer offer;
  std::uint64_t bad_commands;   // so many end the connection
  bool is_shy;                  // says no version
};

// Talks to the client on fd 0 and 1 until the session is handed on or ended.
ChildEnd serve_authorization(const ChildSettings& settings);

}  // namespace pop3d
