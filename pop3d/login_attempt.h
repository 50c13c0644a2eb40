// SPDX-License-Identifier: ISC
// One login, from the request to the verdict: what goes on the verifier's descriptor 3, SCRAM's two
// steps, the checker of OAuth tokens.
#pragma once

#include <optional>
#include <string_view>

#include "base/text.h"
#include "pop3d/guesses.h"
#include "pop3d/login_messages.h"
#include "pop3d/login_settings.h"
#include "pop3d/login_tls.h"
#include "pop3d/verifier.h"

namespace pop3d {

class LoginAttempt {
 public:
  // VERIFIER is its argv. TIMESTAMP is the greeting's. No verifier is waited for behind others after
  // DEADLINE_MS (base/clock.h). All must outlive this object.
  LoginAttempt(const LoginSettings& settings, const ConnectionTls& tls, Guesses& guesses,
               char* const* verifier, std::string_view timestamp, std::int64_t deadline_ms)
      : settings_(settings), tls_(tls), guesses_(guesses), argv_(verifier), timestamp_(timestamp),
        deadline_ms_(deadline_ms) {}

  struct Result {
    Verifier::Verdict verdict;
    std::string_view text;  // for the client, if the outcome is a challenge; good until the next
  };
  // What is not OFFERED is forbidden, and nothing run.
  Result verify(const Credentials& credentials, MethodSet offered);
  Result verify_token(const Credentials& credentials, MethodSet offered);
  // SCRAM's first step and its second. The second is only good after the first.
  Result begin_scram(const ScramCredentials& credentials, MethodSet offered);
  Result finish_scram(const ScramCredentials& credentials);
  // The client has SCRAM's last message. Only good after finish_scram's challenge.
  Result let_go();

  // For the back end of whatever login passes.
  void set_mode(Mode mode) { mode_ = mode; }

  // Whatever SCRAM was waiting for will not come.
  void abandon();

  bool is_begun() const { return is_begun_; }      // finish_scram may come
  bool is_waiting() const { return verifier_ && verifier_->is_running(); }  // let_go may come
  const base::Text<max_login>& login() const { return name_.name; }  // whose login it is
  Method method() const { return method_; }

  Verifier& verifier() { return *verifier_; }  // after passed

 private:
  std::optional<Result> begin(Method method, std::string_view login, MethodSet offered);
  bool name(Method method, std::string_view login);
  void set_environment() const;
  Result run(const LoginRecord& record);
  Result run_scram(const ScramCredentials& credentials);

  const LoginSettings& settings_;
  const ConnectionTls& tls_;
  Guesses& guesses_;
  char* const* argv_;
  std::string_view timestamp_;
  std::int64_t deadline_ms_;
  std::optional<Verifier> verifier_;
  base::Text<max_login> typed_;  // as the client has it
  LoginName name_;               // as the verifier gets it
  Mode mode_;
  Method method_{};
  MethodSet offered_;
  base::Text<24> nonce_;  // ours in SCRAM: of this process's making, never the child's
  bool is_begun_ = false;
  char text_[max_server_message + 1];
};

}  // namespace pop3d
