// SPDX-License-Identifier: ISC
// What pop3-login's two processes say to each other over a SOCK_SEQPACKET pair: messages of
// fixed size, so that the parent, which is root, has nothing to parse.
//
//   child, reads the network  --LoginRequest-->  parent, root
//                             <--LoginAnswer---
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pop3d {

// Together with a timestamp of at most 128 octets these fit checkpassword's 512 octets on
// descriptor 3: 129 + 249 + 129.
constexpr std::size_t max_login = 128;
constexpr std::size_t max_secret = 248;  // what a line of 255 octets leaves behind "PASS "
constexpr std::size_t max_host = 64;
constexpr std::size_t max_timestamp = 128;

enum class Method : std::uint8_t { pass = 1, apop = 2 };

struct LoginRequest {
  Method method;
  char login[max_login + 1];    // NUL-terminated, and NULs behind
  char secret[max_secret + 1];  // the password, or APOP's 32 hex digits; likewise
};

// The parent's check of what its child sent: a known method, both texts ended, neither empty,
// a login of graphic ASCII. Views into REQUEST.
struct Credentials {
  Method method;
  std::string_view login, secret;
};
// True, and CREDENTIALS set, if the request is one that an honest child would send.
bool check_request(const LoginRequest& request, Credentials& credentials);

enum class Outcome : std::uint8_t {
  passed = 1,  // the back end talks to the client now: be silent and go
  refused,     // verifier's exit 1: wrong login or secret, or a policy
  temporary,   // 111, a crash, no verifier to run
  permanent,   // 2: set up wrongly
};

struct LoginAnswer {
  Outcome outcome;
  std::uint8_t is_last;  // 1: no more tries in this connection
};

// The child's exit codes: how AUTHORIZATION ended without a login.
enum ChildEnd { ended_by_quit, ended_by_eof, ended_by_bad_commands, ended_by_tries, child_ends };

}  // namespace pop3d
