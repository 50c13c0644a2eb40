// SPDX-License-Identifier: ISC
// The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677):
//
//   client-first   n,,n=joe,r=CNONCE                      p=tls-exporter,,... with channel binding
//   server-first   r=CNONCE+SNONCE,s=SALT,i=ITERATIONS
//   client-final   c=BINDING,r=CNONCE+SNONCE,p=PROOF
//   server-final   v=SIGNATURE
//
// Nothing here reads a file or knows an account.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace checkpw {

constexpr unsigned scram_iterations = 4096;  // of new keys: RFC 7677 s.4's minimum. The client
                                             // computes as many at each login, a telephone too.
constexpr unsigned scram_most_iterations = 100000;  // what a login with PASS may cost us: 50 ms
constexpr std::size_t scram_salt_octets = 16;
constexpr std::size_t scram_most_salt = 64;
constexpr std::size_t max_scram_first = 512;    // octets of client-first
constexpr std::size_t max_scram_final = 1024;   // octets of client-final
constexpr std::size_t max_scram_answer = 511;   // octets of what we say

// What the client has to know about the account before it can prove anything.
struct ScramSalt {
  std::string salt;  // octets
  unsigned iterations = scram_iterations;
  bool operator==(const ScramSalt&) const = default;
};

// What the server has instead of the password: RFC 5802 s.3's StoredKey and ServerKey. Not enough
// to log in with, but enough to guess at the password, or to pretend to be the server.
struct ScramKeys {
  ScramSalt salt;
  std::string stored_key, server_key;  // 32 octets each
};
ScramKeys derive_scram_keys(std::string_view password, const ScramSalt& salt);

// As {SCRAM-SHA-256} has them: "iterations,salt,StoredKey,ServerKey", the last three in base64.
std::string format(const ScramKeys& keys);
// Pure. Nothing if TEXT has another form, or its iterations or salt are out of bounds.
std::optional<ScramKeys> parse_scram_keys(std::string_view text);

// Views into the message. Names are as they stand there, with "=2C" and "=3D".
struct ClientFirst {
  std::string_view header;   // "n,,": what the client's binding begins with
  char binding;              // 'n' it has none; 'y' it has, but thinks that we have not; 'p' here
  std::string_view binding_name;  // with 'p': "tls-exporter"
  std::string_view authzid;  // empty if there is none
  std::string_view bare;     // what stands behind the header
  std::string_view name, nonce;
};
// Pure. Nothing if it is not wholly as RFC 5802 s.7 has it, or has a mandatory extension ("m=").
std::optional<ClientFirst> parse_client_first(std::string_view message);

struct ClientFinal {
  std::string_view binding;        // base64
  std::string_view nonce;
  std::string_view without_proof;  // what the proof is about, of this message
  std::string proof;               // octets
};
std::optional<ClientFinal> parse_client_final(std::string_view message);

// A name of a message, its "=2C" and "=3D" undone. Nothing if there are other "=" in it, or commas.
std::optional<std::string> unescape_scram_name(std::string_view name);

// What TLS says about the connection itself, in octets; empty: no TLS, or not known.
struct ChannelBinding {
  std::string exporter;   // tls-exporter (RFC 9266)
  std::string end_point;  // tls-server-end-point (RFC 5929)
};

// Is BASE64, client-final's, what the client must say about a channel like this? IS_PLUS: it has
// chosen the mechanism with channel binding. A client that could have bound, and was told that we
// could not, has somebody in the middle (RFC 5802 s.6).
bool is_bound(const ClientFirst& first, std::string_view base64, const ChannelBinding& channel, bool is_plus);

std::string make_server_first(const ClientFirst& first, std::string_view server_nonce, const ScramSalt& salt);
std::string make_auth_message(const ClientFirst& first, std::string_view server_first, const ClientFinal& final);

// Does the proof come from the password that KEYS are of? In constant time.
bool proves_scram(const ScramKeys& keys, std::string_view auth_message, std::string_view proof);
std::string make_server_final(const ScramKeys& keys, std::string_view auth_message);

}  // namespace checkpw
