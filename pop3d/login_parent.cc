// SPDX-License-Identifier: ISC
#include "pop3d/login_parent.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/pass_fds.h"
#include "base/privilege.h"
#include "base/secret.h"
#include "base/spawn.h"
#include "pop3d/login_attempt.h"
#include "pop3d/login_log.h"
#include "pop3d/login_messages.h"

namespace pop3d {

namespace {

enum class Question { asked, child_ended, malformed, too_late };

// An answer may be given just at the deadline: then the child still passes it on.
constexpr std::int64_t time_to_reply_ms = 100;

// Room for any request; what came is known by its first octet and its size. Not on the stack, and
// untouched but for what requests fill.
union Request {
  Kind kind;
  Sign sign;
  LoginRequest login;
  ScramRequest scram;
  TokenRequest token;
  ModeNotice mode;
  ProbeNotice probe;
};
Request request;

class Supervisor {
 public:
  Supervisor(const ParentSettings& settings, ConnectionTls& tls, Guesses& guesses, pid_t child,
             base::UniqueFd channel)
      : settings_(settings),
        tls_(tls),
        guesses_(guesses),
        attempt_(settings.login, tls, guesses, settings.verifier, settings.timestamp, settings.deadline_ms),
        child_(child),
        channel_(std::move(channel)) {}

  void run();

 private:
  enum class Next { go_on, end, protocol_error };

  Question wait_for_question();
  Next handle();
  Next handle_login();
  Next handle_scram();
  Next handle_token();
  Next handle_go();
  Next handle_mode();
  Next handle_probe();
  Next start_tls();
  Next conclude(const LoginAttempt::Result& result);
  void hand_over() noexcept;
  void refuse(Outcome outcome, bool is_last);
  void answer(Outcome outcome, bool is_last, std::string_view text = {}, std::span<const int> fds = {});
  Offer offer() const { return offer_for(settings_.login, tls_.protection(), tls_.can_start()); }
  void kill_child(std::string_view reason);
  void end_child();
  int wait_for_child();
  Attempt attempt() const;

  const ParentSettings& settings_;
  ConnectionTls& tls_;
  Guesses& guesses_;
  LoginAttempt attempt_;
  const pid_t child_;
  base::UniqueFd channel_;
  std::size_t size_ = 0;  // of the request
  std::uint64_t tries_ = 0;
  std::int64_t asked_ms_ = 0, answered_ms_ = 0;
  bool is_over_ = false;  // the child has had its last answer
  base::Text<max_login> probed_;  // who had a USER, and then QUIT
};

void Supervisor::run() {
  for (;;) {
    switch (wait_for_question()) {
      case Question::asked:
        switch (is_over_ ? Next::protocol_error : handle()) {
          case Next::go_on: continue;
          case Next::end: return;
          case Next::protocol_error: return kill_child("protocol");
        }
        continue;
      case Question::malformed: return kill_child("protocol");
      case Question::too_late:
        base::sleep_until_ms(answered_ms_ + time_to_reply_ms);
        return kill_child(settings_.is_connection_time ? "connection-time" : "timeout");
      case Question::child_ended: break;
    }
    attempt_.abandon();
    return log_child_end(wait_for_child(), tries_, probed_.view());
  }
}

Question Supervisor::wait_for_question() {
  for (;;) {
    const auto left = settings_.deadline_ms - base::now_ms();
    if (left <= 0) return Question::too_late;
    pollfd input{channel_.get(), POLLIN, 0};
    const int ready = ::poll(&input, 1, static_cast<int>(std::min<std::int64_t>(left, 3600000)));
    if (ready < 0 && errno != EINTR) base::fail("poll");
    if (ready <= 0) continue;
    const auto got = ::recv(channel_.get(), &request, sizeof request, MSG_TRUNC | MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return Question::child_ended;
    size_ = static_cast<std::size_t>(got);
    return Question::asked;
  }
}

Supervisor::Next Supervisor::handle() {
  asked_ms_ = base::now_ms();
  const auto size = size_;
  const Kind kind = request.kind;
  if (kind != Kind::go && attempt_.is_waiting()) attempt_.abandon();
  const Next next = [&] {
    switch (kind) {
      case Kind::login: return size == sizeof(LoginRequest) ? handle_login() : Next::protocol_error;
      case Kind::scram: return size == sizeof(ScramRequest) ? handle_scram() : Next::protocol_error;
      case Kind::token: return size == sizeof(TokenRequest) ? handle_token() : Next::protocol_error;
      case Kind::go: return size == sizeof(Sign) ? handle_go() : Next::protocol_error;
      case Kind::start_tls: return size == sizeof(Sign) ? start_tls() : Next::protocol_error;
      case Kind::mode: return size == sizeof(ModeNotice) ? handle_mode() : Next::protocol_error;
      case Kind::probe: return size == sizeof(ProbeNotice) ? handle_probe() : Next::protocol_error;
    }
    return Next::protocol_error;
  }();
  base::wipe(&request, std::min(size, sizeof request));
  return next;
}

// A method that this connection is not offered is refused like a wrong password (and as late):
// the child may have been told by the client, but what is allowed is decided here.
Supervisor::Next Supervisor::handle_login() {
  Credentials credentials;
  if (!check_request(request.login, credentials)) return Next::protocol_error;
  ++tries_;
  return conclude(attempt_.verify(credentials, offer().methods));
}

Supervisor::Next Supervisor::handle_token() {
  Credentials credentials;
  if (!check_request(request.token, credentials)) return Next::protocol_error;
  ++tries_;
  return conclude(attempt_.verify_token(credentials, offer().methods));
}

Supervisor::Next Supervisor::handle_scram() {
  ScramCredentials credentials;
  if (!check_request(request.scram, credentials)) return Next::protocol_error;
  if (!credentials.final.empty())
    return attempt_.is_begun() ? conclude(attempt_.finish_scram(credentials))
                               : Next::protocol_error;
  // Counted here, for each costs a verifier; the last of them may still be finished. When all are
  // used up nothing is offered any more.
  const bool is_allowed = tries_ < settings_.login.tries;
  if (is_allowed) ++tries_;
  return conclude(attempt_.begin_scram(credentials, is_allowed ? offer().methods : MethodSet()));
}

Supervisor::Next Supervisor::handle_go() {
  return attempt_.is_waiting() ? conclude(attempt_.let_go()) : Next::protocol_error;
}

Supervisor::Next Supervisor::handle_mode() {
  Mode mode;
  if (!check_notice(request.mode, mode)) return Next::protocol_error;
  attempt_.set_mode(mode);
  return answer(Outcome::passed, false), Next::go_on;
}

Supervisor::Next Supervisor::handle_probe() {
  if (!check_notice(request.probe)) return Next::protocol_error;
  probed_ = base::Text<max_login>(request.probe.login);
  return answer(Outcome::passed, false), Next::go_on;
}

Supervisor::Next Supervisor::conclude(const LoginAttempt::Result& result) {
  const auto& verdict = result.verdict;
  if (verdict.outcome == Outcome::passed) {
    hand_over();
    return Next::end;
  }
  if (verdict.outcome == Outcome::challenge) {
    answer(Outcome::challenge, false, result.text);
    return Next::go_on;
  }
  if (verdict.served) {  // a verifier of the old kind: that was the session
    end_child();
    base::LogLine("pop3-login", "served").field("ip", base::client_address())
        .field("user", attempt_.login().view()).write();
    return Next::end;
  }
  refuse(verdict.outcome, !verdict.speaks_status || tries_ >= settings_.login.tries);
  return Next::go_on;
}

// The client belongs to the back end now. Whatever fails here must end in the log, never in
// main's handler, which would write to the client.
void Supervisor::hand_over() noexcept try {
  log_login(attempt());
  end_child();
  // From here on there is only a process to wait for.
  base::wipe(&request, size_);
  if (settings_.login.uid != 0) base::drop_privilege(settings_.login.uid, settings_.login.gid, {});
  attempt_.verifier().wait_for_back_end();
} catch (const std::exception& e) {
  base::LogLine("pop3-login", "failed").field("error", e.what()).write();
}

// Whatever was wrong, the client hears it at the same time after its question: the delay, or the
// first multiple of it that a slow verifier leaves. A client that hangs up waits with us.
void Supervisor::refuse(Outcome outcome, bool is_last) {
  log_refused(attempt(), outcome);
  const auto interval = settings_.login.error_interval_ms;
  const auto delay =
      outcome == Outcome::refused ? guesses_.failed(interval, settings_.login.most_delay_ms) : interval;
  if (delay > 0) {
    const auto delays = (base::now_ms() - asked_ms_) / delay + 1;
    base::sleep_until_ms(std::min(asked_ms_ + delays * delay, settings_.deadline_ms));
  }
  is_over_ = is_last;
  answer(outcome, is_last);
}

void Supervisor::answer(Outcome outcome, bool is_last, std::string_view text, std::span<const int> fds) {
  LoginAnswer answer{};
  answered_ms_ = base::now_ms();
  answer.outcome = outcome;
  answer.is_last = is_last;
  answer.offer = offer();
  std::memcpy(answer.text, text.data(), std::min(text.size(), sizeof answer.text - 1));
  // A child that has gone is heard of soon; one that has no answer would wait, and its client with it.
  if (!base::send_with_fds(channel_.get(), &answer, sizeof answer, fds, MSG_DONTWAIT) && errno != EPIPE &&
      errno != ECONNRESET)
    base::fail("answer the child");
}

// STLS. The +OK goes out once tlsd has the socket; until then all can still go on in clear.
Supervisor::Next Supervisor::start_tls() {
  if (!tls_.can_start()) return Next::protocol_error;
  switch (tls_.begin("+OK begin TLS negotiation\r\n", settings_.deadline_ms)) {
    case ConnectionTls::Begun::secure:
      attempt_.abandon();
      attempt_.set_mode({});  // RFC 2595 s.4: what was said in clear is forgotten
      break;
    case ConnectionTls::Begun::refused: answer(Outcome::temporary, false); return Next::go_on;
    case ConnectionTls::Begun::failed: kill_child("tls-failed"); return Next::end;
  }
  const int plaintext[] = {0, 1};
  answer(Outcome::passed, false, {}, plaintext);
  return Next::go_on;
}

void Supervisor::kill_child(std::string_view reason) {
  end_child();
  log_end(reason, tries_);
}

// An honest child has nothing left to do; another is not asked.
void Supervisor::end_child() {
  channel_.reset();
  ::kill(child_, SIGKILL);
  base::wait_for(child_);
}

// The child has closed its channel, as it does by ending. It has a moment for that.
int Supervisor::wait_for_child() {
  constexpr int most_looks = 100;
  for (int look = 0; look < most_looks; ++look) {
    int status;
    if (::waitpid(child_, &status, WNOHANG) == child_) return status;
    base::sleep_until_ms(base::now_ms() + 2);
  }
  ::kill(child_, SIGKILL);
  return base::wait_for(child_);
}

Attempt Supervisor::attempt() const {
  return {attempt_.login().view(), attempt_.method(), tries_, (base::now_ms() - settings_.started_ms) / 1000};
}

}  // namespace

void supervise(const ParentSettings& settings, ConnectionTls& tls, Guesses& guesses, pid_t child,
               base::UniqueFd channel) {
  Supervisor(settings, tls, guesses, child, std::move(channel)).run();
}

}  // namespace pop3d
