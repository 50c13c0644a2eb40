// SPDX-License-Identifier: ISC
#include "pop3d/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace pop3d {

namespace {

constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned ipv4_begins = 96;  // bits before an IPv4 address

bool has_same_start(const Address& a, const Address& b, unsigned bits) {
  const unsigned whole = bits / 8, rest = bits % 8;
  if (std::memcmp(a.octets, b.octets, whole) != 0) return false;
  return rest == 0 || ((a.octets[whole] ^ b.octets[whole]) >> (8 - rest)) == 0;
}

// "10.0.0.0/8", or one address. Nothing if it is malformed.
std::optional<bool> is_within(std::string_view network, const Address& address) {
  const auto slash = network.find('/');
  const auto first = parse_address(network.substr(0, slash));
  if (!first) return {};
  const bool is_written_short = network.find(':') == network.npos;
  unsigned bits = 128;
  if (slash != network.npos) {
    const auto given = base::parse_number<unsigned>(network.substr(slash + 1));
    const unsigned most = is_written_short ? 32 : 128;
    if (!given || *given > most) return {};
    bits = *given + 128 - most;
  }
  return has_same_start(*first, address, bits);
}

}  // namespace

Address ipv4(const unsigned char* four) {
  Address address;
  std::memcpy(address.octets, mapped, sizeof mapped);
  std::memcpy(address.octets + sizeof mapped, four, 4);
  return address;
}

Address ipv6(const unsigned char* sixteen) {
  Address address;
  std::memcpy(address.octets, sixteen, sizeof address.octets);
  return address;
}

std::optional<Address> parse_address(std::string_view text) {
  base::Text<INET6_ADDRSTRLEN> plain(text);
  if (plain.overflowed() || text.find('\0') != text.npos) return {};
  unsigned char octets[16];
  if (::inet_pton(AF_INET, plain.c_str(), octets) == 1) return ipv4(octets);
  if (::inet_pton(AF_INET6, plain.c_str(), octets) == 1) return ipv6(octets);
  return {};
}

base::Text<45> to_text(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (is_ipv4(address))
    ::inet_ntop(AF_INET, address.octets + ipv4_begins / 8, text, sizeof text);
  else
    ::inet_ntop(AF_INET6, address.octets, text, sizeof text);
  return base::Text<45>(text);
}

bool is_ipv4(const Address& address) { return std::memcmp(address.octets, mapped, sizeof mapped) == 0; }

bool is_loopback(const Address& address) {
  if (is_ipv4(address)) return address.octets[12] == 127;
  constexpr Address one{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return address == one;
}

bool is_host(const Address& address) {
  const auto is_zero = [](unsigned char octet) { return octet == 0; };
  if (is_ipv4(address))  // 224.0.0.0/4 is multicast, 240.0.0.0/4 reserved
    return address.octets[12] < 224 && !std::all_of(address.octets + 12, address.octets + 16, is_zero);
  return address.octets[0] != 0xff && !std::all_of(address.octets, address.octets + 16, is_zero);
}

std::optional<bool> is_among(std::string_view list, const Address& address) {
  bool is_found = false;
  for (;;) {
    const auto comma = list.find(',');
    const auto is_here = is_within(list.substr(0, comma), address);
    if (!is_here) return {};
    is_found = is_found || *is_here;
    if (comma == list.npos) return is_found;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace pop3d
