// SPDX-License-Identifier: ISC
#include "pop3d/capabilities.h"

#include "base/version.h"

namespace pop3d {

namespace {

constexpr unsigned in_authorization = 1, in_transaction = 2, in_both = 3;

constexpr struct {
  const char* tag;
  unsigned states;
} capabilities[] = {
    // RFC 2449 s.5 lets TOP and UIDL be announced before login, and clients that ask just
    // once, then, must hear of them.
    {"TOP", in_both},
    {"UIDL", in_both},
    {"USER", in_authorization},
    {"RESP-CODES", in_both},      // RFC 2449 s.6.4
    {"AUTH-RESP-CODE", in_both},  // RFC 3206 s.6
    {"PIPELINING", in_both},      // RFC 2449 s.6.6
};

}  // namespace

void write_capabilities(base::Output& out, State state, bool is_shy) {
  const unsigned here = state == State::authorization ? in_authorization : in_transaction;
  out << "+OK capabilities follow\r\n";
  for (const auto& capability : capabilities)
    if (capability.states & here) out << capability.tag << "\r\n";
  if (!is_shy) out << "IMPLEMENTATION popchain-" << base::version << "\r\n";
  out << ".\r\n";
}

}  // namespace pop3d
