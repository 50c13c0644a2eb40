// SPDX-License-Identifier: ISC
#include "pop3d/login_attempt.h"

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

}  // namespace

// Nothing if a verifier may be run.
std::optional<LoginAttempt::Result> LoginAttempt::begin(Method method, std::string_view login,
                                                        MethodSet offered) {
  name(method, login);
  offered_ = offered;
  if (!offered.has(method)) return without_verifier(Outcome::forbidden);
  if (!guesses_.wait_for_turn(settings_.verifiers, deadline_ms_)) return without_verifier(Outcome::busy);
  return {};
}

void LoginAttempt::name(Method method, std::string_view login) {
  method_ = method;
  login_.clear();
  login_ << login;
}

LoginAttempt::Result LoginAttempt::run(const LoginRecord& record) {
  // For the back end's CAPA, which is to tell the same (RFC 2449 s.5).
  base::set_env("POP3_OFFERED", offered_.words().c_str());
  verifier_.emplace(argv_, method_, record);
  if (!verifier_->is_prompt(longest_turn_ms)) guesses_.end_turn();
  auto verdict = verifier_->hear(text_);
  guesses_.end_turn();  // if the verifier is a session already, this is the moment
  if (!verdict) verdict = verifier_->wait_for_exit();
  return {*verdict, verdict->outcome == Outcome::challenge ? std::string_view(text_) : std::string_view()};
}

LoginAttempt::Result LoginAttempt::verify(const Credentials& credentials, MethodSet offered) {
  if (const auto result = begin(credentials.method, credentials.login, offered)) return *result;
  LoginRecord record;
  switch (credentials.method) {
    case Method::external: {
      // Who it is says the certificate, and tlsd, not the child.
      if (credentials.login.empty()) name(Method::external, tls_.certificate_name());
      if (tls_.certificate().empty() || !is_login(login_.view())) {
        guesses_.end_turn();
        return refused;
      }
      record << login_.view() << tls_.certificate() << timestamp_ << tls_.certificate_name();
      break;
    }
    case Method::cram_md5:
      if (settings_.is_challenge_first)
        record << credentials.login << timestamp_ << credentials.secret;
      else
        record << credentials.login << credentials.secret << timestamp_;
      break;
    default: record << credentials.login << credentials.secret << timestamp_;
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
  record << credentials.login << subject.view() << timestamp_;
  const auto result = run(record);
  if (result.verdict.outcome != Outcome::challenge) return result;
  abandon();
  return refused;
}

LoginAttempt::Result LoginAttempt::run_scram(const ScramCredentials& credentials) {
  LoginRecord record;
  record << credentials.login << credentials.final << nonce_.view() << credentials.first
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
  if (credentials.method != method_ || credentials.login != login_.view()) return refused;
  if (const auto result = begin(credentials.method, credentials.login, offered_)) return *result;
  return run_scram(credentials);
}

LoginAttempt::Result LoginAttempt::let_go() {
  if (!verifier_->let_go()) {
    abandon();
    return refused;
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
