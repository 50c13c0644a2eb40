// SPDX-License-Identifier: ISC
#include "pop3d/proxy_header.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

namespace pop3d {

namespace {

using std::string_view;

constexpr string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr string_view line_begins = "PROXY ";
constexpr std::size_t fixed_part = 16;     // of version 2
constexpr std::size_t longest_line = 107;  // of version 1, its CRLF included
constexpr std::size_t shortest = 15;       // "PROXY UNKNOWN\r\n"; every header has as many
constexpr std::size_t shortest_tcp4 = 32;  // "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"
constexpr std::size_t shortest_tcp6 = 22;  // "PROXY TCP6 :: :: 0 0\r\n"

std::uint8_t octet(string_view from, std::size_t at) { return static_cast<std::uint8_t>(from[at]); }
std::uint16_t number16(string_view from, std::size_t at) {
  return static_cast<std::uint16_t>(octet(from, at) << 8 | octet(from, at + 1));
}
const unsigned char* octets(string_view from, std::size_t at) {
  return reinterpret_cast<const unsigned char*>(from.data()) + at;
}

bool may_become(string_view begun, string_view whole) {
  const auto size = std::min(begun.size(), whole.size());
  return begun.substr(0, size) == whole.substr(0, size);
}

ProxyReport fault(ProxyFault why) {
  ProxyReport report{};
  report.outcome = ProxyOutcome::malformed;
  report.why = why;
  return report;
}
ProxyReport local() {
  ProxyReport report{};
  report.outcome = ProxyOutcome::local;
  return report;
}
ProxyReport proxied(const Address& remote, const Address& ours, std::uint16_t remote_port,
                    std::uint16_t our_port) {
  if (!is_host(remote)) return fault(ProxyFault::no_host);
  auto report = local();
  report.outcome = ProxyOutcome::proxied;
  report.remote = remote;
  report.local = ours;
  report.remote_port = remote_port;
  report.local_port = our_port;
  return report;
}

// --- version 1 ----------------------------------------------------------------------------

// No line is shorter than its family lets it be, and before the CR there are two more octets.
std::size_t wanted_of_line(string_view begun) {
  if (begun.size() < shortest) return shortest - begun.size();
  if (begun.size() >= longest_line || begun.find('\n') != begun.npos) return 0;
  const bool is_tcp4 = begun.starts_with("PROXY TCP4 "), is_tcp6 = begun.starts_with("PROXY TCP6 ");
  if (!is_tcp4 && !is_tcp6 && !begun.starts_with("PROXY UNKNOWN")) return 0;
  const auto least = is_tcp4 ? shortest_tcp4 : is_tcp6 ? shortest_tcp6 : shortest;
  if (begun.size() < least) return least - begun.size();
  return begun.ends_with('\r') ? 1 : std::min<std::size_t>(2, longest_line - begun.size());
}

// Takes the word before the next blank off LINE; nothing if there is no blank.
std::optional<string_view> take_word(string_view& line) {
  const auto blank = line.find(' ');
  if (blank == line.npos) return {};
  const auto word = line.substr(0, blank);
  line.remove_prefix(blank + 1);
  return word;
}

std::optional<std::uint16_t> parse_port(string_view text) {
  if (text.size() > 1 && text.front() == '0') return {};
  return base::parse_number<std::uint16_t>(text);
}

std::optional<Address> parse_of_family(std::optional<string_view> text, bool is_tcp6) {
  if (!text || (text->find(':') != text->npos) != is_tcp6) return {};
  return parse_address(*text);
}

ProxyReport parse_line(string_view line) {
  if (line.size() > longest_line || !line.ends_with("\r\n")) return fault(ProxyFault::line);
  line.remove_suffix(2);
  line.remove_prefix(line_begins.size());
  // Whatever else UNKNOWN's line says is to be ignored.
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return local();
  const auto family = take_word(line);
  if (family != "TCP4" && family != "TCP6") return fault(ProxyFault::line);
  const bool is_tcp6 = family == "TCP6";
  const auto remote = parse_of_family(take_word(line), is_tcp6);
  const auto ours = parse_of_family(take_word(line), is_tcp6);
  const auto remote_port = parse_port(take_word(line).value_or(""));
  const auto our_port = parse_port(line);
  if (!remote || !ours || !remote_port || !our_port) return fault(ProxyFault::line);
  return proxied(*remote, *ours, *remote_port, *our_port);
}

// --- version 2 ----------------------------------------------------------------------------

enum Extension : std::uint8_t { crc32c = 0x03, ssl = 0x20, ssl_version = 0x21, ssl_cipher = 0x23 };

// Takes an extension, type, length and value, off REST. False if it is longer than REST.
bool take_extension(string_view& rest, std::uint8_t& type, string_view& value) {
  constexpr std::size_t head = 3;
  if (rest.size() < head || rest.size() - head < number16(rest, 1)) return false;
  type = octet(rest, 0);
  value = rest.substr(head, number16(rest, 1));
  rest.remove_prefix(head + value.size());
  return true;
}

// The CRC-32C (RFC 3720 app. B.4) of HEADER, taken with zeros for the four octets at ZEROS.
std::uint32_t checksum_of(string_view header, std::size_t zeros) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::size_t i = 0; i < header.size(); ++i) {
    crc ^= i - zeros < 4 ? 0u : octet(header, i);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

bool is_checksum_right(string_view header, string_view value) {
  if (value.size() != 4) return false;
  const auto given = static_cast<std::uint32_t>(number16(value, 0)) << 16 | number16(value, 2);
  return given == checksum_of(header, static_cast<std::size_t>(value.data() - header.data()));
}

// False if VALUE is no printable text that fits.
template <std::size_t N>
bool keep_text(char (&to)[N], string_view value) {
  if (value.size() >= N || !std::all_of(value.begin(), value.end(), base::is_graphic)) return false;
  std::memset(to, 0, N);
  std::memcpy(to, value.data(), value.size());
  return true;
}

// PP2_TYPE_SSL: flags, an int that tells of a certificate, and extensions of its own.
bool read_tls(string_view value, ProxyReport& report) {
  constexpr std::size_t head = 5;
  constexpr std::uint8_t client_ssl = 1;
  if (value.size() < head) return false;
  if ((octet(value, 0) & client_ssl) == 0) return true;
  keep_text(report.tls_protocol, "TLS");  // until we know better
  for (auto rest = value.substr(head); !rest.empty();) {
    std::uint8_t type;
    string_view text;
    if (!take_extension(rest, type, text)) return false;
    if (type == ssl_version && (text.empty() || !keep_text(report.tls_protocol, text))) return false;
    if (type == ssl_cipher && !keep_text(report.tls_cipher, text)) return false;
  }
  return true;
}

ProxyFault read_extensions(string_view header, std::size_t begin, ProxyReport& report) {
  bool has_checksum = false;  // one only: each is a walk over the whole header
  for (auto rest = header.substr(begin); !rest.empty();) {
    std::uint8_t type;
    string_view value;
    if (!take_extension(rest, type, value)) return ProxyFault::extension;
    if (type == crc32c && (has_checksum || !is_checksum_right(header, value))) return ProxyFault::checksum;
    has_checksum = has_checksum || type == crc32c;
    if (type == ssl && !read_tls(value, report)) return ProxyFault::extension;
  }
  return ProxyFault::none;
}

// The addresses' size for each family: none, IPv4, IPv6, UNIX.
constexpr std::size_t address_sizes[] = {0, 12, 36, 216};

ProxyReport parse_addresses(string_view header, std::uint8_t family) {
  constexpr std::uint8_t tcp4 = 0x11, tcp6 = 0x21;
  const std::size_t at = fixed_part;
  if (family == tcp4)
    return proxied(ipv4(octets(header, at)), ipv4(octets(header, at + 4)), number16(header, at + 8),
                   number16(header, at + 10));
  if (family == tcp6)
    return proxied(ipv6(octets(header, at)), ipv6(octets(header, at + 16)), number16(header, at + 32),
                   number16(header, at + 34));
  return local();
}

ProxyReport parse_binary(string_view header) {
  constexpr std::uint8_t is_local = 0x20, is_proxied = 0x21;
  const auto command = octet(header, 12), family = octet(header, 13);
  if (command != is_local && command != is_proxied) return fault(ProxyFault::version);
  // LOCAL: nothing of what follows counts, whatever it is.
  if (command == is_local) return local();
  const std::size_t kind = family >> 4, protocol = family & 15;
  if (kind >= std::size(address_sizes) || protocol > 2) return fault(ProxyFault::family);
  // Without a protocol there are no addresses that could be told from extensions.
  if (kind == 0 || protocol == 0) return local();
  if (header.size() - fixed_part < address_sizes[kind]) return fault(ProxyFault::addresses);
  auto report = parse_addresses(header, family);
  if (report.outcome == ProxyOutcome::malformed) return report;
  const auto wrong = read_extensions(header, fixed_part + address_sizes[kind], report);
  return wrong == ProxyFault::none ? report : fault(wrong);
}

bool is_text(std::span<const char> field) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  return end != field.end() && std::all_of(field.begin(), end, base::is_graphic);
}

}  // namespace

std::string_view to_text(ProxyFault fault) {
  switch (fault) {
    case ProxyFault::none: break;
    case ProxyFault::cut: return "cut";
    case ProxyFault::no_header: return "no-header";
    case ProxyFault::line: return "line";
    case ProxyFault::version: return "version";
    case ProxyFault::family: return "family";
    case ProxyFault::addresses: return "addresses";
    case ProxyFault::extension: return "extension";
    case ProxyFault::checksum: return "checksum";
    case ProxyFault::no_host: return "no-host";
  }
  return "none";
}

std::size_t octets_wanted(string_view begun) {
  if (begun.empty()) return shortest;
  if (may_become(begun, line_begins)) return wanted_of_line(begun);
  if (!may_become(begun, signature)) return 0;
  if (begun.size() < shortest) return shortest - begun.size();
  if (begun.size() < fixed_part) return fixed_part - begun.size();
  const std::size_t whole = fixed_part + number16(begun, 14);
  return whole - std::min(begun.size(), whole);
}

ProxyReport parse_proxy_header(string_view header) {
  if (octets_wanted(header) != 0) return fault(ProxyFault::cut);
  if (header.starts_with(line_begins)) return parse_line(header);
  if (header.starts_with(signature)) return parse_binary(header);
  return fault(ProxyFault::no_header);
}

bool check_proxy_report(const ProxyReport& report) {
  if (!is_text(report.tls_protocol) || !is_text(report.tls_cipher)) return false;
  if (static_cast<std::uint8_t>(report.why) > last_proxy_fault) return false;
  switch (report.outcome) {
    case ProxyOutcome::proxied: return report.why == ProxyFault::none && is_host(report.remote);
    case ProxyOutcome::local:
    case ProxyOutcome::silent: return report.why == ProxyFault::none;
    case ProxyOutcome::malformed: return report.why != ProxyFault::none;
  }
  return false;
}

}  // namespace pop3d
