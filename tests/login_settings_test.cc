// SPDX-License-Identifier: ISC
#include "pop3d/login_settings.h"

#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/failure.h"
#include "base/log.h"
#include "pop3d/guesses.h"
#include "tests/check.h"

namespace {

using namespace pop3d;
using Variables = std::map<std::string, std::string>;

// All that the settings are read from. For root, an account too.
constexpr const char* all[] = {
    "UID", "GID", "ROOT", "POP3_LOGIN_TIMEOUT", "POP3_TRIES", "POP3_ERROR_INTERVAL", "POP3_BAD_COMMANDS", "POP3_SHY",
    "POP3_TLS", "POP3_TLS_SOCKET", "POP3_CLEARTEXT", "POP3_CRAM_ORDER", "POP3_OAUTH", "POP3_GUESSES",
    "POP3_PER_ADDRESS", "POP3_VERIFIERS", "POP3_DELAY_MAX", "POP3_SANDBOX", "POP3_MECHANISMS", "INTRANET", "TCPREMOTEIP",
    "POP3_GREETING", "POP3_DOWNCASE_USER", "POP3_TRIM_DOMAIN", "POP3_DOMAIN", "POP3_NO_MIME_SUFFIX", "POP3_NO_MIME",
    "POP3_CONNECTION_TIME", "POP3_COMMAND_ERROR_INTERVAL", "POP3_LANGUAGE", "POP3_LOGIN_DELAY", "POP3_EXPIRE",
    "POP3_AUTO_DELETE", "POP3_READ_ONLY"};

void set(const Variables& variables) {
  for (const char* name : all) ::unsetenv(name);
  ::setenv("UID", "20000", 1);
  ::setenv("GID", "20000", 1);
  ::setenv("POP3_TLS_SOCKET", "/nonexistent/tlsd", 1);
  for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
}

LoginSettings read(const Variables& variables = {}) {
  set(variables);
  return read_login_settings();
}

// Why the settings cannot be read; empty if they can.
std::string wrong(const Variables& variables) {
  try {
    read(variables);
    return "";
  } catch (const base::Failure& e) {
    return e.what();
  }
}

// What a client is offered, as words, with "stls" in front if there is that too.
std::string offered(const Variables& variables, const Protection& protection = {}, bool can_start_tls = false) {
  const auto settings = read(variables);
  const auto offer = offer_for(settings, protection, can_start_tls);
  return (offer.stls ? "stls " : "") + std::string(offer.methods.words().view());
}

constexpr Protection with_tls{true, false, false};
constexpr Protection with_binding{true, true, false};
constexpr Protection with_certificate{true, true, true};

}  // namespace

TEST(settings_have_the_defaults_of_the_manual) {
  const auto settings = read();
  CHECK_EQ(settings.timeout_ms, 180000);
  CHECK_EQ(settings.error_interval_ms, 2000);
  CHECK_EQ(settings.tries, 3u);
  CHECK_EQ(settings.bad_commands, 20u);
  CHECK(settings.is_shy);
  CHECK(settings.tls == TlsMode::none);
  CHECK(settings.cleartext == Cleartext::fitting);
  CHECK(!settings.is_challenge_first);
  CHECK(settings.token_checker.empty());
  CHECK_EQ(std::string(settings.guesses), "");
  CHECK_EQ(settings.per_address, 50u);
  CHECK_EQ(settings.verifiers, 32u);
  CHECK_EQ(settings.most_delay_ms, 30000);
  CHECK(settings.sandbox == base::Sandbox::wanted);
  CHECK_EQ(std::string(settings.wanted.words().view()),
           "scram-sha-256 external oauthbearer xoauth2 plain login apop user");
}

TEST(empty_settings_are_the_defaults_too) {
  Variables empty;
  for (const std::string name : all)
    if (name != "UID" && name != "GID") empty[name] = "";
  CHECK_EQ(wrong(empty), "");
  CHECK_EQ(read(empty).per_address, 50u);
  CHECK_EQ(std::string(read(empty).tls_socket), "/var/popchain/run/tlsd");
  CHECK_EQ(std::string(read(empty).root), "/var/popchain/empty");
}

TEST(numbers_have_bounds_and_whoever_is_out_of_them_is_named) {
  const struct {
    const char* name;
    std::uint64_t least, most;
  } rows[] = {
      {"POP3_LOGIN_TIMEOUT", 1, 86400}, {"POP3_TRIES", 1, 1000},
      {"POP3_ERROR_INTERVAL", 0, 60},   {"POP3_BAD_COMMANDS", 1, 1000000},
      {"POP3_SHY", 0, 1},               {"POP3_PER_ADDRESS", 0, most_per_address},
      {"POP3_DELAY_MAX", 0, 600},       {"POP3_VERIFIERS", 0, most_verifiers},
  };
  for (const auto& row : rows) {
    CHECK_EQ(wrong({{row.name, std::to_string(row.least)}}), "");
    CHECK_EQ(wrong({{row.name, std::to_string(row.most)}}), "");
    for (const std::string& bad : {std::to_string(row.most + 1), std::string("-1"), std::string("1x"), std::string(" 1"),
                                   std::string("many"), std::string("99999999999999999999")})
      CHECK_ROW(row.name + ("=" + bad), wrong({{row.name, bad}}).starts_with(row.name + std::string(": not a number from ")));
    if (row.least > 0) CHECK_ROW(row.name, !wrong({{row.name, "0"}}).empty());
  }
}

TEST(words_are_known_or_named) {
  const struct {
    const char *name, *good, *bad, *what;
  } rows[] = {
      {"POP3_TLS", "none stls implicit", "STLS on off no 1 implicit,stls", "not none, stls or implicit"},
      {"POP3_CLEARTEXT", "default never always local tls", "Always no ssl 0 tls,local", "not default, never, always, local or tls"},
      {"POP3_CRAM_ORDER", "response challenge", "Response both 1", "not response or challenge"},
      {"POP3_SANDBOX", "off on require", "no 1 required On", "not on, off or require"},
      {"POP3_MECHANISMS", "plain APOP scram-sha-256-plus", "plane apop,plain all", "names a mechanism that is not known"},
  };
  for (const auto& row : rows) {
    std::istringstream good(row.good), bad(row.bad);
    for (std::string word; good >> word;) CHECK_EQ(wrong({{row.name, word}}), "");
    for (std::string word; bad >> word;) CHECK_EQ(wrong({{row.name, word}}), row.name + (": " + std::string(row.what)));
  }
}

TEST(words_mean_what_they_say) {
  CHECK(read({{"POP3_TLS", "stls"}}).tls == TlsMode::stls);
  CHECK(read({{"POP3_TLS", "implicit"}}).tls == TlsMode::implicit);
  CHECK(read({{"POP3_CRAM_ORDER", "challenge"}}).is_challenge_first);
  CHECK(read({{"POP3_CLEARTEXT", "never"}}).cleartext == Cleartext::never);
  CHECK(read({{"POP3_CLEARTEXT", "default"}}).cleartext == Cleartext::always);
  CHECK(read({{"POP3_SANDBOX", "require"}}).sandbox == base::Sandbox::required);
  CHECK_EQ(read({{"POP3_OAUTH", "checker -k key"}}).token_checker, "checker -k key");
  CHECK_EQ(std::string(read({{"POP3_GUESSES", "run/guesses"}}).guesses), "run/guesses");
}

TEST(stls_is_had_where_tlsd_has_a_socket_unless_the_setting_says_another) {
  const std::string here = "/proc/self/exe";  // any file that is there
  CHECK(read({{"POP3_TLS_SOCKET", here}}).tls == TlsMode::stls);
  CHECK(read({{"POP3_TLS_SOCKET", here}, {"POP3_TLS", "none"}}).tls == TlsMode::none);
  CHECK(read({{"POP3_TLS_SOCKET", "/nonexistent"}, {"POP3_TLS", "stls"}}).tls == TlsMode::stls);
}

TEST(root_must_name_an_account_for_what_reads_the_network) {
  if (::geteuid() != 0) {
    CHECK_EQ(read({{"UID", ""}, {"GID", ""}}).uid, 0u);
    return;
  }
  CHECK_EQ(read().uid, 20000u);
  for (const char* name : {"UID", "GID"})
    for (const char* value : {"", "0", "-1", "nobody", "4294967295"}) {
      const auto why = wrong({{name, value}});
      CHECK_ROW(name + std::string("=") + value, why.starts_with("UID and GID: ") || why.starts_with(name + std::string(": ")));
    }
}

TEST(names_and_greeting_are_left_alone_by_default) {
  const auto settings = read();
  CHECK(settings.greeting.empty() && settings.names.domain.empty());
  CHECK(!settings.names.is_downcased && !settings.names.is_trimmed && !settings.names.has_suffix);
  CHECK(settings.connection_ms == 0 && settings.refusal_delay_ms == 0 && settings.preferred == Language::english);
  CHECK(settings.announced.login_delay == 0 && !settings.announced.expires_never && !settings.announced.expire);
}

// features: B33 B34 B35 A53 H15 A30 A09 A10
TEST(policies_of_names_and_times_are_read) {
  const auto settings = read({{"POP3_GREETING", "Hello, there"}, {"POP3_DOWNCASE_USER", "1"}, {"POP3_TRIM_DOMAIN", "1"},
                              {"POP3_NO_MIME_SUFFIX", "1"}, {"POP3_DOMAIN", "example.org"}, {"POP3_CONNECTION_TIME", "86400"},
                              {"POP3_COMMAND_ERROR_INTERVAL", "5"}, {"POP3_LANGUAGE", "ja-JP"}, {"POP3_LOGIN_DELAY", "86400"},
                              {"POP3_EXPIRE", "36500"}, {"POP3_NO_MIME", "0"}});
  CHECK_EQ(settings.greeting, "Hello, there");
  CHECK_EQ(settings.names.domain, "example.org");
  CHECK(settings.names.is_downcased && settings.names.is_trimmed && settings.names.has_suffix);
  CHECK(settings.connection_ms == 86400000 && settings.refusal_delay_ms == 5000 && settings.preferred == Language::japanese);
  CHECK(settings.announced.login_delay == 86400 && settings.announced.expire == 36500u);
  CHECK_EQ(std::string(settings.no_mime), "0");
  CHECK(read({{"POP3_EXPIRE", "never"}}).announced.expires_never);
  CHECK(read({{"POP3_EXPIRE", "never"}, {"POP3_AUTO_DELETE", "1"}}).announced.expire == 0u);
  CHECK(read({{"POP3_EXPIRE", "never"}, {"POP3_AUTO_DELETE", "1"}, {"POP3_READ_ONLY", "1"}}).announced.expires_never);
}

TEST(policies_that_mean_nothing_are_named) {
  struct { const char* name; std::vector<std::string> values; } const rows[] = {
      {"POP3_GREETING", {"<", ">", "a\nb", "\xc3\xa4", std::string(257, 'x')}},
      {"POP3_DOMAIN", {"a b", "a/b", "a:b", "a\tb", std::string(128, 'x')}},
      {"POP3_DOWNCASE_USER", {"2", "yes"}}, {"POP3_TRIM_DOMAIN", {"2"}}, {"POP3_NO_MIME_SUFFIX", {"-no-mime"}},
      {"POP3_CONNECTION_TIME", {"86401", "-1"}}, {"POP3_COMMAND_ERROR_INTERVAL", {"6"}}, {"POP3_LANGUAGE", {"*", "tlh"}},
      {"POP3_LOGIN_DELAY", {"86401", "1m"}}, {"POP3_EXPIRE", {"36501", "NEVER", "-1", "1 "}}, {"POP3_AUTO_DELETE", {"no"}},
  };
  for (const auto& row : rows)
    for (const auto& value : row.values)
      CHECK_ROW(row.name + ("=" + value), wrong({{row.name, value}}).starts_with(row.name + std::string(": ")));
}

TEST(an_offer_fits_the_connection) {
  const Variables home = {{"TCPREMOTEIP", "127.0.0.1"}}, away = {{"TCPREMOTEIP", "192.0.2.1"}};
  CHECK_EQ(offered(home), "scram-sha-256 plain login apop user");
  CHECK_EQ(offered(away), "scram-sha-256 apop");
  CHECK_EQ(offered(away, {}, true), "stls scram-sha-256 apop");
  CHECK_EQ(offered(away, with_tls), "scram-sha-256 plain login apop user");
  CHECK_EQ(offered(away, with_binding), "scram-sha-256-plus scram-sha-256 plain login apop user");
  CHECK_EQ(offered(away, with_certificate), "scram-sha-256-plus scram-sha-256 external plain login apop user");
}

TEST(stls_is_never_offered_where_there_is_tls) {
  CHECK_EQ(offered({{"POP3_MECHANISMS", "apop"}}, with_tls, true), "apop user");
}

TEST(plus_goes_with_scram_and_a_binding) {
  CHECK_EQ(offered({{"POP3_MECHANISMS", "scram-sha-256"}}, with_tls), "scram-sha-256 user");
  CHECK_EQ(offered({{"POP3_MECHANISMS", "scram-sha-256-plus"}}, with_binding), "user");
  CHECK_EQ(offered({{"POP3_MECHANISMS", "scram-sha-256-plus"}, {"TCPREMOTEIP", "127.0.0.1"}}), "user");
}

TEST(tokens_need_a_checker) {
  const Variables variables = {{"POP3_OAUTH", "checker"}, {"POP3_MECHANISMS", "oauthbearer xoauth2"}};
  CHECK_EQ(offered(variables, with_tls), "oauthbearer xoauth2 user");
  CHECK_EQ(offered({{"POP3_MECHANISMS", "oauthbearer xoauth2"}}, with_tls), "user");
}

// Each policy, by where the client is and what protects the connection.
TEST(passwords_and_tokens_in_clear_are_offered_as_the_policy_says) {
  const struct {
    const char *cleartext, *address;
    bool has_tls, has_intranet, is_offered;
  } rows[] = {
      {"", "127.0.0.1", false, false, true},     {"", "127.9.9.9", false, false, true},
      {"", "::1", false, false, true},           {"", "::ffff:127.0.0.1", false, false, true},
      {"", "192.0.2.1", false, false, false},    {"", "12.7.0.0", false, false, false},
      {"", "1127.0.0.1", false, false, false},   {"", "2001:db8::1", false, false, false},
      {"", "1270::1", false, false, false},      {"", "127", false, false, false},
      {"", "::1:2", false, false, false},        {"", "::ffff:192.0.2.1", false, false, false},
      {"", "192.0.2.1", true, false, true},      {"", "192.0.2.1", false, true, true},
      {"always", "192.0.2.1", false, false, true}, {"default", "192.0.2.1", false, false, true},
      {"never", "127.0.0.1", true, true, false}, {"local", "127.0.0.1", false, false, true},
      {"local", "::1", true, false, true},       {"local", "192.0.2.1", true, true, false},
      {"tls", "127.0.0.1", false, true, false},  {"tls", "192.0.2.1", true, false, true},
  };
  for (const auto& row : rows) {
    Variables variables = {{"POP3_CLEARTEXT", row.cleartext}, {"TCPREMOTEIP", row.address}, {"POP3_OAUTH", "checker"}};
    if (row.has_intranet) variables["INTRANET"] = "";
    CHECK_EQ(offered(variables, {row.has_tls, false, false}),
             row.is_offered ? "scram-sha-256 oauthbearer xoauth2 plain login apop user" : "scram-sha-256 apop");
  }
}

TEST(who_has_no_address_is_not_on_this_machine) {
  // Descriptor 0 is what the tests were started with, and no socket of a client.
  if (base::client_address() != "-") return;
  CHECK_EQ(offered({}), "scram-sha-256 apop");
  CHECK_EQ(offered({{"POP3_CLEARTEXT", "local"}}), "scram-sha-256 apop");
  CHECK_EQ(offered({{"INTRANET", ""}}), "scram-sha-256 plain login apop user");
}
