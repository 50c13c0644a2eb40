// SPDX-License-Identifier: ISC
// Addresses and networks, IPv4 and IPv6 as one: an IPv4 address is in ::ffff:0:0/96 (RFC 4291
// s.2.5.5.2), and is written without that.
#pragma once

#include <optional>
#include <string_view>

#include "base/text.h"

namespace pop3d {

struct Address {
  unsigned char octets[16];
  bool operator==(const Address&) const = default;
};

// An address as inet_pton(3) reads it, of either family; no zone, no port.
std::optional<Address> parse_address(std::string_view text);
Address ipv4(const unsigned char* four);
Address ipv6(const unsigned char* sixteen);
base::Text<45> to_text(const Address& address);

bool is_ipv4(const Address& address);
bool is_loopback(const Address& address);
// True if a client may have it: not unspecified, not multicast, not reserved.
bool is_host(const Address& address);

// Whether ADDRESS is in LIST, as "192.0.2.7,10.0.0.0/8,2001:db8::/32"; nothing if LIST is empty or
// any of it is malformed.
std::optional<bool> is_among(std::string_view list, const Address& address);

}  // namespace pop3d
