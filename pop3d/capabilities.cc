// SPDX-License-Identifier: ISC
#include "pop3d/capabilities.h"

#include "base/version.h"

namespace pop3d {

// RFC 2449 s.5: what is available in the AUTHORIZATION state must be announced in both; and clients
// that ask just once, before login, must hear of TOP and UIDL.
void write_capabilities(base::Output& out, bool is_shy) {
  out << "+OK capabilities follow\r\n"
         "TOP\r\n"
         "UIDL\r\n"
         "USER\r\n"
         "RESP-CODES\r\n"      // RFC 2449 s.6.4
         "AUTH-RESP-CODE\r\n"  // RFC 3206 s.6
         "PIPELINING\r\n";     // RFC 2449 s.6.6
  if (!is_shy) out << "IMPLEMENTATION popchain-" << base::version << "\r\n";
  out << ".\r\n";
}

}  // namespace pop3d
