// SPDX-License-Identifier: ISC
#include "pop3d/proxy_header.h"

#include <algorithm>
#include <string>

#include "tests/check.h"

namespace {

using namespace pop3d;
using namespace std::string_literals;

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string binary(std::uint8_t command, std::uint8_t family, const std::string& rest) {
  return signature + static_cast<char>(command) + static_cast<char>(family) +
         static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size()) + rest;
}
std::string extension(std::uint8_t type, const std::string& value) {
  return std::string(1, static_cast<char>(type)) + static_cast<char>(value.size() >> 8) +
         static_cast<char>(value.size()) + value;
}
const std::string addresses4 =
    "\xcb\x00\x71\x07\xc0\x00\x02\x01\xc8\x22\x00\x6e"s;  // 203.0.113.7:51234 -> 192.0.2.1:110
const std::string addresses6 =
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\xc8\x22\x03\xe3"s;

// "192.0.2.7:1 -> 192.0.2.1:110", and TLS if there is any; or what there is instead.
std::string told(const std::string& header) {
  const auto report = parse_proxy_header(header);
  if (!check_proxy_report(report)) return "unfit";
  if (report.outcome == ProxyOutcome::local) return "local";
  if (report.outcome == ProxyOutcome::malformed) return std::string(to_text(report.why));
  std::string text(to_text(report.remote).view());
  text += ' ' + std::to_string(report.remote_port) + ' ' + std::string(to_text(report.local).view()) + ' ' +
          std::to_string(report.local_port);
  if (report.tls_protocol[0] != '\0') text += " "s + report.tls_protocol + ' ' + report.tls_cipher;
  return text;
}

// Reads STREAM as a reader that gets at most MOST octets at a time; what it took.
std::string taken(const std::string& stream, std::size_t most) {
  std::string begun;
  while (const auto wanted = octets_wanted(begun)) {
    const auto got = std::min({wanted, most, stream.size() - begun.size()});
    if (got == 0) break;
    begun += stream.substr(begun.size(), got);
  }
  return begun;
}

// Damages the checksum, or leaves it right, of a header with one of zeros at the end.
std::uint32_t crc32c_of(const std::string& text) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0);
  }
  return ~crc;
}
std::string with_checksum(std::string header) {
  const auto crc = crc32c_of(header);
  for (int i = 0; i < 4; ++i)
    header[header.size() - 4 + static_cast<std::size_t>(i)] = static_cast<char>(crc >> (24 - 8 * i));
  return header;
}

}  // namespace

TEST(version_1_names_the_client) {
  CHECK_EQ(told("PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\r\n"), "203.0.113.7 51234 192.0.2.1 110");
  CHECK_EQ(told("PROXY TCP6 2001:db8::7 2001:db8::1 51234 995\r\n"), "2001:db8::7 51234 2001:db8::1 995");
  CHECK_EQ(told("PROXY TCP6 2001:0DB8:0000:0000:0000:0000:0000:0007 2001:db8::1 0 65535\r\n"),
           "2001:db8::7 0 2001:db8::1 65535");
  CHECK_EQ(told("PROXY TCP4 1.2.3.4 5.6.7.8 0 0\r\n"), "1.2.3.4 0 5.6.7.8 0");
}

TEST(an_ipv4_address_in_ipv6s_form_is_ipv4) {
  CHECK_EQ(told("PROXY TCP6 ::ffff:203.0.113.7 2001:db8::1 1 2\r\n"), "203.0.113.7 1 2001:db8::1 2");
}

TEST(version_1_unknown_is_local_whatever_follows) {
  CHECK_EQ(told("PROXY UNKNOWN\r\n"), "local");
  CHECK_EQ(told("PROXY UNKNOWN ffff:f...f ffff:f...f 65535 65535\r\n"), "local");
  CHECK_EQ(told("PROXY UNKNOWN \r \0 \r\n"s), "local");
}

TEST(version_1_has_at_most_107_octets) {
  const std::string longest = "PROXY UNKNOWN " + std::string(91, 'x');
  CHECK_EQ(longest.size(), 105u);
  CHECK_EQ(told(longest + "\r\n"), "local");
  CHECK_EQ(told(longest + "x\r"), "line");
  CHECK_EQ(taken(longest + "x\r\nQUIT", 1), longest + "x\r");
}

TEST(version_1_is_taken_by_the_word) {
  for (const char* line : {"PROXY TCP4 203.0.113.7 192.0.2.1 51234\r\n",
                           "PROXY TCP4 203.0.113.7 192.0.2.1 51234 110 \r\n",
                           "PROXY TCP4 203.0.113.7  192.0.2.1 51234 110\r\n",
                           "PROXY  TCP4 203.0.113.7 192.0.2.1 1 2\r\n",
                           "PROXY TCP4 203.0.113.7 192.0.2.1 65536 110\r\n",
                           "PROXY TCP4 203.0.113.7 192.0.2.1 -1 110\r\n",
                           "PROXY TCP4 203.0.113.7 192.0.2.1 051234 11\r\n",
                           "PROXY TCP4 203.0.113.7 192.0.2.1 1 +11000\r\n",
                           "PROXY TCP4 203.0.113.007 192.0.2.1 1 1000\r\n",
                           "PROXY TCP4 203.0.113 192.0.2.1 51234 11000\r\n",
                           "PROXY TCP4 203.0.113.7.9 192.0.2.1 1 11000\r\n",
                           "PROXY TCP4 2001:db8::7 2001:db8::1 51234 110\r\n",
                           "PROXY TCP6 203.0.113.7 192.0.2.1 51234 110\r\n",
                           "PROXY TCP6 ::1 192.0.2.1 51234 110\r\n",
                           "PROXY TCP6 fe80::1%eth0 2001:db8::1 1 1\r\n",
                           "PROXY tcp4 203.0.113.7 192.0.2.1 51234 110\r\n",
                           "PROXY UDP4 203.0.113.7 192.0.2.1 51234 110\r\n",
                           "PROXY UNKNOWNS\r\n",
                           "PROXY UNKNOWN\n\r\n",
                           "PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\n",
                           "PROXY TCP4\r\nxxxxxxxxxxxxxxxxxxxx",
                           "PROXY TCP4 joe.example.org 192.0.2.1 1 110\r\n"})
    CHECK_ROW(line, told(line) == "line");
  CHECK_EQ(told("PROXY TCP4 203.0.113.7\0 192.0.2.1 1 110\r\n"s), "line");
}

TEST(version_2_names_the_client) {
  CHECK_EQ(told(binary(0x21, 0x11, addresses4)), "203.0.113.7 51234 192.0.2.1 110");
  CHECK_EQ(told(binary(0x21, 0x21, addresses6)), "2001:db8::7 51234 2001:db8::1 995");
}

TEST(version_2_local_is_local_whatever_follows) {
  CHECK_EQ(told(binary(0x20, 0x00, "")), "local");
  CHECK_EQ(told(binary(0x20, 0x11, addresses4)), "local");
  CHECK_EQ(told(binary(0x20, 0xff, "what is this")), "local");
}

TEST(version_2_of_other_kinds_keeps_the_sockets_addresses) {
  CHECK_EQ(told(binary(0x21, 0x00, "")), "local");
  CHECK_EQ(told(binary(0x21, 0x00, "anything")), "local");
  CHECK_EQ(told(binary(0x21, 0x12, addresses4)), "local");
  CHECK_EQ(told(binary(0x21, 0x22, addresses6)), "local");
  CHECK_EQ(told(binary(0x21, 0x31, std::string(216, '/'))), "local");
  CHECK_EQ(told(binary(0x21, 0x32, std::string(216, '/'))), "local");
  CHECK_EQ(told(binary(0x21, 0x10, addresses4)), "local");
}

TEST(version_2_has_one_version_and_two_commands) {
  for (const int command : {0x00, 0x01, 0x10, 0x11, 0x22, 0x2f, 0x30, 0x31, 0xa1})
    CHECK_ROW(command, told(binary(static_cast<std::uint8_t>(command), 0x11, addresses4)) == "version");
}

TEST(version_2_has_four_families_and_three_protocols) {
  for (const int family : {0x13, 0x1f, 0x41, 0x51, 0xf1, 0x03})
    CHECK_ROW(family, told(binary(0x21, static_cast<std::uint8_t>(family), addresses6)) == "family");
}

TEST(version_2_is_not_shorter_than_its_addresses) {
  CHECK_EQ(told(binary(0x21, 0x11, addresses4.substr(1))), "addresses");
  CHECK_EQ(told(binary(0x21, 0x11, "")), "addresses");
  CHECK_EQ(told(binary(0x21, 0x21, addresses6.substr(1))), "addresses");
  CHECK_EQ(told(binary(0x21, 0x31, std::string(215, '/'))), "addresses");
}

TEST(extensions_are_skipped_in_their_bounds) {
  const auto header = [](const std::string& rest) { return binary(0x21, 0x11, addresses4 + rest); };
  const std::string client = "203.0.113.7 51234 192.0.2.1 110";
  CHECK_EQ(
      told(header(extension(0x04, "") + extension(0xe0, "own") + extension(0x05, std::string(128, 'i')))),
      client);
  CHECK_EQ(told(header(extension(0x02, "mail.example.org") + extension(0x01, "pop3"))), client);
  CHECK_EQ(told(header(extension(0x04, std::string(65535 - 12 - 3, '\0')))), client);
  for (const auto& rest :
       {"\x04"s, "\x04\0"s, "\x04\0\1"s, "\x04\xff\xff"s + "abc"s, extension(0x04, "abc") + "\x04"s,
        extension(0x20, "\1\0\0\0"s), extension(0x20, "\1\0\0\0\0\x21\0\x08TLSv1.3"s)})
    CHECK_ROW(rest, told(header(rest)) == "extension");
}

TEST(a_checksum_must_be_right) {
  const auto header =
      with_checksum(binary(0x21, 0x11, addresses4 + extension(0x04, "pad") + extension(0x03, "\0\0\0\0"s)));
  CHECK_EQ(told(header), "203.0.113.7 51234 192.0.2.1 110");
  for (const std::size_t at : {12u + 4u, 12u + 9u, 28u + 4u, 28u + 6u + 3u}) {
    auto damaged = header;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK_ROW(at, told(damaged) == "checksum");
  }
  CHECK_EQ(told(binary(0x21, 0x11, addresses4 + extension(0x03, "abc"))), "checksum");
  CHECK_EQ(told(binary(0x21, 0x11, addresses4 + extension(0x03, ""))), "checksum");
}

// RFC 3720 app. B.4
TEST(the_tests_checksum_is_crc32c) { CHECK_EQ(crc32c_of(std::string(32, '\0')), 0x8a9136aau); }

TEST(tls_is_what_the_proxy_says) {
  const auto tls = [](const std::string& value) {
    return told(binary(0x21, 0x11, addresses4 + extension(0x20, value)));
  };
  const std::string client = "203.0.113.7 51234 192.0.2.1 110", flags = "\1\0\0\0\0"s;
  CHECK_EQ(tls(flags + extension(0x21, "TLSv1.3") + extension(0x23, "TLS_AES_256_GCM_SHA384")),
           client + " TLSv1.3 TLS_AES_256_GCM_SHA384");
  CHECK_EQ(tls(flags), client + " TLS ");
  CHECK_EQ(tls("\7\0\0\0\0"s + extension(0x22, "joe") + extension(0x21, "TLSv1.2")), client + " TLSv1.2 ");
  // Without the flag there was no TLS, whatever else is said.
  CHECK_EQ(tls("\0\0\0\0\0"s + extension(0x21, "TLSv1.3")), client);
  for (const auto& text : {""s, "TLS v1.3"s, "TLSv1.3\n"s, "TLS\0"s, "T\xc3\xa4"s, std::string(16, 'T')})
    CHECK_ROW(text, tls(flags + extension(0x21, text)) == "extension");
  CHECK_EQ(tls(flags + extension(0x23, std::string(64, 'C'))), "extension");
  CHECK_EQ(tls(flags + extension(0x23, std::string(63, 'C'))), client + " TLS " + std::string(63, 'C'));
}

TEST(some_addresses_are_no_clients) {
  for (const char* address : {"0.0.0.0", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"})
    CHECK_ROW(address, told("PROXY TCP4 "s + address + " 192.0.2.1 1 2\r\n") == "no-host");
  for (const char* address : {"::", "ff02::1", "::ffff:0.0.0.0", "::ffff:255.255.255.255"})
    CHECK_ROW(address, told("PROXY TCP6 "s + address + " 2001:db8::1 1 2\r\n") == "no-host");
}

TEST(what_is_neither_version_is_known_at_once) {
  for (const auto& text : {"Q"s, "QUIT\r\n"s, "\x16\x03\x01"s, "PROXX"s, "proxy "s, "\r\n\r\n\r"s, "\r\r"s,
                           "\0"s, "PROXY\r"s, signature.substr(0, 11) + "\r"}) {
    CHECK_ROW(text, octets_wanted(text) == 0);
    CHECK_ROW(text, told(text) == "no-header");
  }
}

TEST(a_header_that_is_not_whole_is_cut) {
  for (const auto& whole :
       {"PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\r\n"s, binary(0x21, 0x11, addresses4)})
    for (std::size_t size = 0; size < whole.size(); ++size)
      CHECK_ROW(size, told(whole.substr(0, size)) == "cut");
}

// The next octet may be a ClientHello's, and is not ours.
TEST(not_an_octet_behind_a_header_is_read) {
  for (const auto& header :
       {"PROXY UNKNOWN\r\n"s, "PROXY UNKNOWN x\r\n"s, "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"s,
        "PROXY TCP4 203.0.113.7 192.0.2.1 51234 110\r\n"s, "PROXY TCP6 :: :: 0 0\r\n"s,
        "PROXY TCP4 203.0.113.77 192.0.2.1 51234 110\r\n"s, "PROXY TCP6 2001:db8::7 2001:db8::1 5 9\r\n"s,
        binary(0x20, 0x00, ""), binary(0x21, 0x11, addresses4), binary(0x21, 0x21, addresses6),
        binary(0x21, 0x11, addresses4 + extension(0x04, std::string(300, 'x'))),
        binary(0x21, 0x00, std::string(65535, 'x'))})
    for (const std::size_t most :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{100000}})
      for (const auto& behind : {"\r\n"s, "\n"s, "PROXY "s, "\x16\x03\x01"s})
        CHECK_EQ(taken(header + behind, most), header);
}

TEST(a_report_is_checked) {
  const auto good = parse_proxy_header(binary(0x21, 0x11, addresses4));
  CHECK(check_proxy_report(good));
  const auto changed = [&](auto change) {
    auto report = good;
    change(report);
    return check_proxy_report(report);
  };
  CHECK(!changed([](ProxyReport& r) { r.outcome = ProxyOutcome{0}; }));
  CHECK(!changed([](ProxyReport& r) { r.outcome = ProxyOutcome{5}; }));
  CHECK(!changed([](ProxyReport& r) { r.why = ProxyFault{1}; }));
  CHECK(!changed([](ProxyReport& r) { r.why = ProxyFault{200}; }));
  CHECK(!changed([](ProxyReport& r) { r.outcome = ProxyOutcome::malformed; }));
  CHECK(!changed([](ProxyReport& r) { r.remote = {}; }));
  CHECK(!changed([](ProxyReport& r) {
    for (char& c : r.tls_protocol) c = 'x';
  }));
  CHECK(!changed([](ProxyReport& r) {
    for (char& c : r.tls_cipher) c = 'x';
  }));
  CHECK(!changed([](ProxyReport& r) { r.tls_cipher[0] = '\n'; }));
  CHECK(changed([](ProxyReport& r) { r.remote_port = 0; }));
}
