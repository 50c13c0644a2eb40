// SPDX-License-Identifier: ISC
// The PROXY protocol's header, which a proxy such as HAProxy sends before the first octet of the
// client it speaks for. (proxy-protocol.txt of HAProxy's documentation, versions 1 and 2.)
//
//   1   PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\r\n
//   2   \r\n\r\n\0\r\nQUIT\n, version and command, family, length (2), addresses, extensions
//
// What follows belongs to the next program, and may be a TLS ClientHello: not an octet of it may
// be read. So a reader asks octets_wanted() how many octets it may take, again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pop3d/network.h"

namespace pop3d {

constexpr std::size_t max_proxy_header = 16 + 65535;  // version 2: its length has 16 bits

// How many octets, behind BEGUN, are certainly the header's: all may be read at once. 0: there is
// nothing more to read, since the header is whole, or since this is none.
std::size_t octets_wanted(std::string_view begun);

enum class ProxyOutcome : std::uint8_t {
  proxied = 1,  // the addresses are the client's
  local,        // the connection is the proxy's own (LOCAL), or its addresses are not known or of
                // another kind (UNKNOWN, UDP, UNIX): those of the socket hold
  silent,       // the proxy went without a word, as one does that looks if we are there
  malformed,    // WHY says how
};

enum class ProxyFault : std::uint8_t {
  none,
  cut,        // the end of the connection in mid-header
  no_header,  // neither version's beginning
  line,       // version 1: not the grammar, or longer than 107 octets
  version,    // version 2: another version or command
  family,     // version 2: a family or protocol that there is not
  addresses,  // version 2: shorter than its addresses
  extension,  // version 2: an extension that is longer than what there is of it
  checksum,   // version 2: the header was damaged on its way
  no_host,    // a client's address that no client has
};
constexpr std::uint8_t last_proxy_fault = static_cast<std::uint8_t>(ProxyFault::no_host);
std::string_view to_text(ProxyFault fault);  // a word for the log

// What a header says, in a fixed size: so it comes from a child without privilege to its parent.
// Texts end in a NUL.
struct ProxyReport {
  ProxyOutcome outcome;
  ProxyFault why;
  std::uint16_t remote_port, local_port;
  Address remote, local;
  char tls_protocol[16];  // "TLSv1.3" if the client spoke TLS with the proxy, and the proxy says so
  char tls_cipher[64];    // the proxy's name for the suite; may be empty
};

// HEADER is what octets_wanted() let somebody read until it said 0.
ProxyReport parse_proxy_header(std::string_view header);

// True if the report is one that parse_proxy_header() can have made, or the child itself.
bool check_proxy_report(const ProxyReport& report);

}  // namespace pop3d
