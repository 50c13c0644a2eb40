// SPDX-License-Identifier: ISC
#include "pop3d/login_settings.h"

#include <unistd.h>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "conf_home.h"
#include "pop3d/command.h"
#include "pop3d/guesses.h"

namespace pop3d {

namespace {

constexpr const char* default_tls_socket = CONF_HOME "/run/tlsd";

void read_account(LoginSettings& settings) {
  constexpr std::uint64_t largest_id = 0xfffffffe;
  if (::geteuid() != 0) return;
  settings.uid = static_cast<uid_t>(base::env_number("UID", 0, 0, largest_id));
  settings.gid = static_cast<gid_t>(base::env_number("GID", 0, 0, largest_id));
  if (settings.uid == 0 || settings.gid == 0)
    throw base::Failure("UID and GID", "must name an account of our own for what reads the "
                                       "network, as envuidgid(8) sets them");
}

const char* text_or(const char* name, const char* otherwise) {
  const auto value = base::get_env(name);
  return value.empty() ? otherwise : value.data();
}

// A tlsd that was never set up is no reason to offer what cannot be had.
TlsMode read_tls_mode(const char* socket) {
  const auto value = base::get_env("POP3_TLS");
  if (value == "none") return TlsMode::none;
  if (value == "stls") return TlsMode::stls;
  if (value == "implicit") return TlsMode::implicit;
  if (!value.empty()) throw base::Failure("POP3_TLS", "not none, stls or implicit");
  return ::access(socket, F_OK) == 0 ? TlsMode::stls : TlsMode::none;
}

Cleartext read_cleartext() {
  const auto value = base::get_env("POP3_CLEARTEXT");
  if (value.empty()) return Cleartext::fitting;
  if (value == "default" || value == "always") return Cleartext::always;
  if (value == "never") return Cleartext::never;
  if (value == "local") return Cleartext::local;
  if (value == "tls") return Cleartext::tls;
  throw base::Failure("POP3_CLEARTEXT", "not default, never, always, local or tls");
}

bool read_cram_order() {
  const auto value = base::get_env("POP3_CRAM_ORDER");
  if (value.empty() || value == "response") return false;
  if (value == "challenge") return true;
  throw base::Failure("POP3_CRAM_ORDER", "not response or challenge");
}

// RFC 1939 s.3: printable ASCII; and the timestamp must be all that stands in <>.
std::string_view read_greeting() {
  constexpr std::size_t longest = 256;  // RFC 2449 s.4: a reply has 512 octets, and the timestamp some of them
  const auto text = base::get_env("POP3_GREETING");
  if (text.size() > longest || !is_printable(text) || text.find_first_of("<>") != text.npos)
    throw base::Failure("POP3_GREETING", "not 1 to 256 printable ASCII characters without < and >");
  return text;
}

NamePolicy read_names() {
  const NamePolicy names{.is_downcased = base::env_switch("POP3_DOWNCASE_USER", false),
                         .is_trimmed = base::env_switch("POP3_TRIM_DOMAIN", false),
                         .has_suffix = base::env_switch("POP3_NO_MIME_SUFFIX", false),
                         .domain = base::get_env("POP3_DOMAIN")};
  if (names.domain.empty()) return names;
  if (names.domain.size() >= max_login || !is_login(names.domain) || names.domain.find_first_of("/:") != names.domain.npos)
    throw base::Failure("POP3_DOMAIN", "not a domain, or not what may stand in a login");
  if (names.is_trimmed)
    base::complain("warning: pop3-login", "POP3_TRIM_DOMAIN cuts the domains that POP3_DOMAIN would leave alone", 0);
  return names;
}

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

bool may_be_clear(Cleartext cleartext, bool has_tls) {
  const auto is_local = [] { return is_loopback(base::client_address()); };
  switch (cleartext) {
    case Cleartext::fitting: return has_tls || is_local() || base::has_env("INTRANET");
    case Cleartext::always: return true;
    case Cleartext::never: return false;
    case Cleartext::local: return is_local();
    case Cleartext::tls: return has_tls;
  }
  return false;
}

}  // namespace

LoginSettings read_login_settings() {
  LoginSettings settings{};
  read_account(settings);
  settings.root = text_or("ROOT", CONF_HOME "/empty");
  // For all of AUTHORIZATION, commands or not: RFC 1939's ten minutes of inactivity would let a
  // stranger hold a place for ever by a NOOP now and then.
  settings.timeout_ms = static_cast<std::int64_t>(base::env_number("POP3_LOGIN_TIMEOUT", 180, 1, 86400)) * 1000;
  settings.tries = base::env_number("POP3_TRIES", 3, 1, 1000);
  settings.error_interval_ms =
      static_cast<std::int64_t>(base::env_number("POP3_ERROR_INTERVAL", 2, 0, 60)) * 1000;
  settings.bad_commands = base::env_number("POP3_BAD_COMMANDS", 20, 1, 1000000);
  settings.is_shy = base::env_switch("POP3_SHY", true);
  settings.tls_socket = text_or("POP3_TLS_SOCKET", default_tls_socket);
  settings.tls = read_tls_mode(settings.tls_socket);
  settings.cleartext = read_cleartext();
  settings.is_challenge_first = read_cram_order();
  settings.token_checker = base::get_env("POP3_OAUTH");
  settings.guesses = text_or("POP3_GUESSES", "");
  settings.per_address = base::env_number("POP3_PER_ADDRESS", 50, 0, most_per_address);
  settings.verifiers = base::env_number("POP3_VERIFIERS", 32, 0, most_verifiers);
  settings.most_delay_ms = static_cast<std::int64_t>(base::env_number("POP3_DELAY_MAX", 30, 0, 600)) * 1000;
  settings.sandbox = base::read_sandbox();
  // CRAM-MD5 only for who asks for it: it is no better than APOP, and worse than SCRAM.
  settings.wanted = MethodSet::parse(
      text_or("POP3_MECHANISMS", "apop scram-sha-256 external oauthbearer xoauth2 plain login"),
      "POP3_MECHANISMS");
  settings.wanted.add(Method::user);
  settings.greeting = read_greeting();
  settings.names = read_names();
  settings.no_mime = text_or("POP3_NO_MIME", "");
  settings.connection_ms = static_cast<std::int64_t>(base::env_number("POP3_CONNECTION_TIME", 0, 0, 86400)) * 1000;
  settings.refusal_delay_ms = static_cast<std::int64_t>(base::env_number("POP3_COMMAND_ERROR_INTERVAL", 0, 0, 5)) * 1000;
  settings.preferred = read_language("POP3_LANGUAGE");
  settings.announced = read_announced();
  return settings;
}

Offer offer_for(const LoginSettings& settings, const Protection& protection, bool can_start_tls) {
  Offer offer{settings.wanted, can_start_tls && !protection.has_tls};
  if (!protection.has_binding || !offer.methods.has(Method::scram))
    offer.methods.remove(Method::scram_plus);
  else
    offer.methods.add(Method::scram_plus);
  if (!protection.has_certificate) offer.methods.remove(Method::external);
  const bool is_clear_good = may_be_clear(settings.cleartext, protection.has_tls);
  for (const auto method : {Method::user, Method::plain, Method::login, Method::oauthbearer, Method::xoauth2})
    if (!is_clear_good) offer.methods.remove(method);
  for (const auto method : {Method::oauthbearer, Method::xoauth2})
    if (settings.token_checker.empty()) offer.methods.remove(method);
  return offer;
}

}  // namespace pop3d
