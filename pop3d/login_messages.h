// SPDX-License-Identifier: ISC
// What pop3-login's two processes say to each other over a SOCK_SEQPACKET pair: messages of
// fixed size, so that the parent, which is root, has nothing to parse.
//
//   child, reads the network  --LoginRequest, ScramRequest, TokenRequest, ...-->  parent, root
//                             <--LoginAnswer, with the plaintext's descriptors after STLS---
//
// Each request is answered once. All texts end in a NUL, with NULs behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pop3d/language.h"
#include "pop3d/mechanisms.h"

namespace pop3d {

// Together with a timestamp of at most 128 octets these fit checkpassword's 512 octets on
// descriptor 3: 129 + 249 + 129.
constexpr std::size_t max_login = 128;
constexpr std::size_t max_secret = 248;  // what a line of 255 octets leaves behind "PASS "
constexpr std::size_t max_host = 64;
constexpr std::size_t max_timestamp = 128;
constexpr std::size_t max_scram_first = 512;
constexpr std::size_t max_scram_final = 1024;
constexpr std::size_t max_token = 8192;
constexpr std::size_t max_server_message = 511;

enum class Kind : std::uint8_t {
  login = 1,  // LoginRequest: is he who he says?
  scram,      // ScramRequest: the same in two steps
  token,      // TokenRequest
  go,         // Sign: the client has taken SCRAM's last message; let the back end begin
  start_tls,  // Sign: STLS
  mode,       // ModeNotice: LANG or UTF8
  probe,      // ProbeNotice: QUIT behind USER
};

struct Sign {
  Kind kind;
};
// What the client has asked for, that the back end is to go on with.
struct Mode {
  Language language = Language::english;
  bool is_utf8 = false;
};
struct ModeNotice {
  Kind kind;
  Language language;
  std::uint8_t is_utf8;
};
struct ProbeNotice {
  Kind kind;
  char login[max_login + 1];  // USER's
};
struct LoginRequest {
  Kind kind;
  Method method;                // all but SCRAM's and OAuth's
  char login[max_login + 1];    // EXTERNAL: who the client wants to be; may be empty
  char secret[max_secret + 1];  // the password, or a digest's 32 hex digits; EXTERNAL: empty
};
struct ScramRequest {
  Kind kind;
  Method method;
  char login[max_login + 1];
  char first[max_scram_first + 1];   // client-first-message, as it came
  char final[max_scram_final + 1];   // client-final-message; empty in the first step
};
struct TokenRequest {
  Kind kind;
  Method method;
  char login[max_login + 1];
  char token[max_token + 1];
};

// Views into a request. The parent's check of what its child sent: a method of its kind, both
// texts ended, none empty that must not be, of octets that may stand there.
struct Credentials {
  Method method;
  std::string_view login, secret;
};
struct ScramCredentials {
  Method method;
  std::string_view login, first, final;
};
// True, and the credentials set, if the request is one that an honest child would send.
bool check_request(const LoginRequest& request, Credentials& credentials);
bool check_request(const ScramRequest& request, ScramCredentials& credentials);
bool check_request(const TokenRequest& request, Credentials& credentials);
bool check_notice(const ModeNotice& notice, Mode& mode);
bool check_notice(const ProbeNotice& notice);

// One character of a login: graphic ASCII, or part of UTF-8 (RFC 4616 s.2).
bool is_login(std::string_view login);

enum class Outcome : std::uint8_t {
  passed = 1,  // a login: the back end talks to the client now, be silent and go; STLS: go on
               // with the two descriptors that come with the answer, for input and output
  refused,     // verifier's exit 1: wrong login or secret, or a policy
  temporary,   // 111, a crash, no verifier to run; STLS: no tlsd
  permanent,   // 2: set up wrongly
  challenge,   // SCRAM: TEXT is for the client
  forbidden,   // not offered on this connection: for the client a refusal like any other
  busy,        // too many verifiers run already: for the client, temporary
};

struct LoginAnswer {
  Outcome outcome;
  bool is_last;  // no more tries in this connection
  Offer offer;   // what the client may use from now on
  char text[max_server_message + 1];
};

// The child's exit codes: how AUTHORIZATION ended without a login.
enum ChildEnd {
  ended_by_quit,
  ended_by_eof,
  ended_by_bad_commands,
  ended_by_tries,
  ended_by_early_octets,  // something stood behind STLS: RFC 2595's command injection
  child_ends
};

}  // namespace pop3d
