// SPDX-License-Identifier: ISC
// pop3-login's settings, from the environment: pop3-login(8) lists them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "base/sandbox.h"
#include "pop3d/capabilities.h"
#include "pop3d/language.h"
#include "pop3d/login_name.h"
#include "pop3d/mechanisms.h"

namespace pop3d {

// When passwords may come in clear: POP3_CLEARTEXT.
enum class Cleartext {
  fitting,  // unset: over TLS, from this machine itself, or with INTRANET in the environment
  always,   // also Qpopper's "default", whose rule about accounts is the verifier's
  never,
  local,    // from this machine itself
  tls,
};

enum class TlsMode { none, stls, implicit };

struct LoginSettings {
  uid_t uid;  // of the child; 0: not started as root, all stay what they are
  gid_t gid;
  const char* root;
  std::int64_t timeout_ms, error_interval_ms;
  std::uint64_t tries, bad_commands;
  bool is_shy;
  TlsMode tls;
  const char* tls_socket;
  MethodSet wanted;  // by the administrator, whatever the connection is like
  Cleartext cleartext;
  bool is_challenge_first;  // CRAM-MD5 on descriptor 3: challenge before response
  std::string_view token_checker;  // POP3_OAUTH; empty: none
  const char* guesses;             // POP3_GUESSES; empty: none
  std::uint64_t per_address, verifiers;  // at a time; 0: no limit
  std::int64_t most_delay_ms;
  base::Sandbox sandbox;
  std::string_view greeting;       // POP3_GREETING; empty: ours
  NamePolicy names;
  const char* no_mime;             // POP3_NO_MIME as the service has it
  std::int64_t connection_ms;      // POP3_CONNECTION_TIME; 0: no limit
  std::int64_t refusal_delay_ms;   // POP3_COMMAND_ERROR_INTERVAL
  Language preferred;              // LANG *
  Announced announced;             // in CAPA
};

// Throws base::Failure, naming the variable, if one has no value that it may have.
LoginSettings read_login_settings();

// What is known of the connection's TLS.
struct Protection {
  bool has_tls, has_binding, has_certificate;
};

// What a client is offered on a connection like this one.
Offer offer_for(const LoginSettings& settings, const Protection& protection, bool can_start_tls);

}  // namespace pop3d
