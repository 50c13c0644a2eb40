// SPDX-License-Identifier: ISC
// CAPA (RFC 2449), the same in both states.
#pragma once

#include <cstdint>
#include <optional>

#include "base/output.h"
#include "pop3d/mechanisms.h"

namespace pop3d {

// Policies that RFC 2449 s.6.5 and s.6.7 have a server announce.
struct Announced {
  std::uint64_t login_delay = 0;        // seconds between logins; 0: nothing to announce
  bool expires_never = false;
  std::optional<std::uint64_t> expire;  // days that mail is kept
  bool mangle = false;                  // X-MANGLE
};

// From POP3_LOGIN_DELAY, POP3_EXPIRE, POP3_AUTO_DELETE, POP3_READ_ONLY and POP3_MANGLE, in both states alike. Throws
// base::Failure, naming the variable.
Announced read_announced();

enum class State { authorization, transaction };

// Writes what stands between CAPA's "+OK" and the closing "." line, and that line. IS_SHY leaves the
// version out (Qpopper's "shy"): a stranger need not know which one to attack. OFFER is how to log in
// on this connection as it is now.
void write_capabilities(base::Output& out, State state, const Offer& offer, const Announced& announced, bool is_shy);

}  // namespace pop3d
