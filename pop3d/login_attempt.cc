// SPDX-License-Identifier: ISC
#include "pop3d/login_attempt.h"

#include <algorithm>

#include "base/clock.h"
#include "base/env.h"
#include "base/random.h"
#include "pop3d/token_checker.h"

namespace pop3d {

namespace {

constexpr LoginAttempt::Result without_verifier(Outcome outcome) { return {{outcome, true, false}, {}}; }
constexpr auto refused = without_verifier(Outcome::refused);

// A verifier that says nothing for so long is of the old kind, and serves a session: that is not
// what turns are for.
constexpr int longest_turn_ms = 2000;
// A login that waits longer for its turn is told to come back.
constexpr std::int64_t longest_queue_ms = 10000;

}  // namespace

// Nothing if a verifier may be run.
std::optional<LoginAttempt::Result> LoginAttempt::begin(Method method, std::string_view login,
                                                        MethodSet offered) {
  const bool is_good = name(method, login);
  offered_ = offered;
  if (!offered.has(method)) return without_verifier(Outcome::forbidden);
  if (!is_good) return refused;
  const auto latest = std::min(base::now_ms() + longest_queue_ms, deadline_ms_);
  if (!guesses_.wait_for_turn(settings_.verifiers, latest)) return without_verifier(Outcome::busy);
  return {};
}

// False if the service's policies leave no name of it.
bool LoginAttempt::name(Method method, std::string_view login) {
  method_ = method;
  typed_ = base::Text<max_login>(login);
  const auto mapped = map_login(settings_.names, login);
  name_ = mapped.value_or(LoginName{.name = typed_, .literal = {}});
  return mapped.has_value();
}

void LoginAttempt::set_environment() const {
  // For the back end's CAPA, which is to tell the same (RFC 2449 s.5).
  base::set_env("POP3_OFFERED", offered_.words().c_str());
  base::set_or_unset_env("POP3_LANG", mode_.language == Language::english ? "" : tag_of(mode_.language).data());
  base::set_or_unset_env("POP3_UTF8", mode_.is_utf8 ? "1" : "");
  base::set_or_unset_env("POP3_LITERAL_LOGIN", name_.literal.c_str());
  if (settings_.names.has_suffix) base::set_or_unset_env("POP3_NO_MIME", name_.no_mime ? "1" : settings_.no_mime);
}

LoginAttempt::Result LoginAttempt::run(const LoginRecord& record) {
  set_environment();
  verifier_.emplace(argv_, method_, record);
  if (!verifier_->is_prompt(longest_turn_ms)) guesses_.end_turn();
  auto verdict = verifier_->hear(text_);
  guesses_.end_turn();  // if the verifier is a session already, this is the moment
  if (!verdict) verdict = verifier_->wait_for_exit();
  return {*verdict, verdict->outcome == Outcome::challenge ? std::string_view(text_) : std::string_view()};
}

LoginAttempt::Result LoginAttempt::verify(const Credentials& credentials, MethodSet offered) {
  const bool is_external = credentials.method == Method::external;
  // Who it is says the certificate, and tlsd, not the child.
  const auto login = is_external && credentials.login.empty() ? tls_.certificate_name() : credentials.login;
  if (const auto result = begin(credentials.method, login, offered)) return *result;
  LoginRecord record;
  switch (credentials.method) {
    case Method::external:
      if (tls_.certificate().empty()) {
        guesses_.end_turn();
        return refused;
      }
      record << name_.name.view() << tls_.certificate() << timestamp_ << tls_.certificate_name();
      break;
    case Method::cram_md5:
      if (settings_.is_challenge_first)
        record << name_.name.view() << timestamp_ << credentials.secret;
      else
        record << name_.name.view() << credentials.secret << timestamp_;
      break;
    default: record << name_.name.view() << credentials.secret << timestamp_;
  }
  const auto result = run(record);
  if (result.verdict.outcome != Outcome::challenge) return result;
  abandon();  // no method but SCRAM has one
  return refused;
}

LoginAttempt::Result LoginAttempt::verify_token(const Credentials& credentials, MethodSet offered) {
  if (const auto result = begin(credentials.method, credentials.login, offered)) return *result;
  base::Text<max_secret> subject;
  const auto outcome = check_token(settings_, credentials, subject);
  if (outcome != Outcome::passed) {
    guesses_.end_turn();
    return without_verifier(outcome);
  }
  LoginRecord record;
  record << name_.name.view() << subject.view() << timestamp_;
  const auto result = run(record);
  if (result.verdict.outcome != Outcome::challenge) return result;
  abandon();
  return refused;
}

LoginAttempt::Result LoginAttempt::run_scram(const ScramCredentials& credentials) {
  LoginRecord record;
  record << name_.name.view() << credentials.final << nonce_.view() << credentials.first
         << tls_.exporter() << tls_.end_point();
  return run(record);
}

LoginAttempt::Result LoginAttempt::begin_scram(const ScramCredentials& credentials, MethodSet offered) {
  if (const auto result = begin(credentials.method, credentials.login, offered)) return *result;
  nonce_ = base::random_name<24>();
  const auto result = run_scram(credentials);
  if (result.verdict.outcome == Outcome::challenge) {
    verifier_->finish_step();
    is_begun_ = true;
  }
  return result;
}

LoginAttempt::Result LoginAttempt::finish_scram(const ScramCredentials& credentials) {
  is_begun_ = false;
  if (credentials.method != method_ || credentials.login != typed_.view()) return refused;
  if (const auto result = begin(credentials.method, credentials.login, offered_)) return *result;
  return run_scram(credentials);
}

LoginAttempt::Result LoginAttempt::let_go() {
  if (!verifier_->let_go()) {
    abandon();
    return without_verifier(Outcome::temporary);  // the secret was the right one
  }
  auto verdict = verifier_->hear(text_);
  if (!verdict) verdict = verifier_->wait_for_exit();
  if (verdict->outcome != Outcome::challenge) return {*verdict, {}};
  abandon();
  return refused;
}

void LoginAttempt::abandon() {
  is_begun_ = false;
  if (is_waiting()) verifier_->abandon();
}

}  // namespace pop3d
