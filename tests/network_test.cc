// SPDX-License-Identifier: ISC
#include "pop3d/network.h"

#include "tests/check.h"

namespace {

using namespace pop3d;

std::string shown(std::string_view text) {
  const auto address = parse_address(text);
  return address ? std::string(to_text(*address).view()) : "none";
}
std::string among(std::string_view list, std::string_view address) {
  const auto is_there = is_among(list, *parse_address(address));
  return is_there ? *is_there ? "yes" : "no" : "malformed";
}

}  // namespace

TEST(an_address_is_written_in_its_shortest_form) {
  CHECK_EQ(shown("192.0.2.7"), "192.0.2.7");
  CHECK_EQ(shown("2001:DB8:0:0::7"), "2001:db8::7");
  CHECK_EQ(shown("::ffff:192.0.2.7"), "192.0.2.7");
  CHECK_EQ(shown("::1"), "::1");
  CHECK_EQ(shown("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST(what_is_no_address_is_none) {
  for (const char* text : {"", "-", "192.0.2", "192.0.2.256", "192.0.2.7 ", " 192.0.2.7", "fe80::1%eth0",
                           "[::1]", "192.0.2.7:110", "0x7f.1", "localhost",
                           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})
    CHECK_ROW(text, shown(text) == "none");
  CHECK_EQ(shown(std::string_view("192.0.2.7\0", 10)), "none");
}

TEST(a_list_has_addresses_and_networks) {
  constexpr std::string_view list = "192.0.2.7,10.0.0.0/8,2001:db8::/33,::1,172.16.0.0/12";
  for (const char* address : {"192.0.2.7", "10.0.0.0", "10.255.255.255", "2001:db8::7",
                              "2001:db8:7fff::", "::1", "172.31.255.255", "::ffff:10.1.2.3"})
    CHECK_ROW(address, among(list, address) == "yes");
  for (const char* address : {"192.0.2.6", "192.0.2.8", "11.0.0.0", "9.255.255.255", "2001:db8:8000::", "::2",
                              "::", "172.32.0.0", "172.15.255.255", "::a00:1"})
    CHECK_ROW(address, among(list, address) == "no");
}

TEST(a_network_may_be_all_or_one) {
  CHECK_EQ(among("0.0.0.0/0", "203.0.113.7"), "yes");
  CHECK_EQ(among("0.0.0.0/0", "2001:db8::7"), "no");
  CHECK_EQ(among("::/0", "2001:db8::7"), "yes");
  CHECK_EQ(among("::/0", "203.0.113.7"), "yes");  // each IPv4 address is one of IPv6 too
  CHECK_EQ(among("203.0.113.7/32", "203.0.113.7"), "yes");
  CHECK_EQ(among("203.0.113.7/32", "203.0.113.6"), "no");
  CHECK_EQ(among("2001:db8::7/128", "2001:db8::7"), "yes");
  CHECK_EQ(among("2001:db8::7/128", "2001:db8::6"), "no");
}

TEST(a_list_that_is_malformed_anywhere_is_none) {
  for (const char* list :
       {"", ",", "192.0.2.7,", ",192.0.2.7", "192.0.2.7,,::1", "192.0.2.7/33", "192.0.2.7/-1", "192.0.2.7/",
        "192.0.2.7/8/8", "2001:db8::/129", "10.", "10.0.0.0/8 ", "192.0.2.7;::1", "192.0.2.7,joe"})
    CHECK_ROW(list, among(list, "192.0.2.7") == "malformed");
}

TEST(loopback_is_this_machine) {
  for (const char* address : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"})
    CHECK_ROW(address, is_loopback(*parse_address(address)));
  for (const char* address : {"128.0.0.1", "::2", "126.0.0.1", "fe80::1"})
    CHECK_ROW(address, !is_loopback(*parse_address(address)));
}
