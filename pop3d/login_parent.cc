// SPDX-License-Identifier: ISC
#include "pop3d/login_parent.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/secret.h"
#include "base/spawn.h"
#include "pop3d/login_messages.h"
#include "pop3d/verifier.h"

namespace pop3d {

namespace {

enum class Question { asked, child_ended, malformed, too_late };

class Supervisor {
 public:
  Supervisor(const ParentSettings& settings, pid_t child, base::UniqueFd channel)
      : settings_(settings), child_(child), channel_(std::move(channel)) {}

  ~Supervisor() { base::wipe(&request_, sizeof request_); }

  void run();

 private:
  Question wait_for_question();
  bool handle();
  void hand_over(Verifier& verifier, const Credentials& credentials) noexcept;
  void refuse(const Credentials& credentials, Outcome outcome, bool is_last, std::int64_t asked);
  void kill_child(std::string_view reason);
  void end_child();
  int wait_for_child();
  void log_end(std::string_view reason);

  const ParentSettings& settings_;
  const pid_t child_;
  base::UniqueFd channel_;
  LoginRequest request_;
  std::uint64_t tries_ = 0;
  bool is_over_ = false;  // the child has had its last answer
};

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::refused: return "auth";
    case Outcome::temporary: return "temporary";
    case Outcome::permanent: return "permanent";
  }
  return "?";
}

std::string_view to_text(Method method) { return method == Method::apop ? "apop" : "user"; }

void Supervisor::run() {
  for (;;) {
    switch (wait_for_question()) {
      case Question::asked:
        if (is_over_) return kill_child("protocol");
        if (!handle()) return;
        continue;
      case Question::malformed: return kill_child("protocol");
      case Question::too_late: return kill_child("timeout");
      case Question::child_ended: break;
    }
    const int status = wait_for_child();
    constexpr std::string_view reasons[child_ends] = {"quit", "eof", "bad-commands", "tries"};
    if (WIFEXITED(status) && WEXITSTATUS(status) < child_ends)
      log_end(reasons[WEXITSTATUS(status)]);
    else if (WIFSIGNALED(status))
      base::LogLine("pop3-login", "died").field("ip", base::client_address())
          .field("program", "child").field("signal", WTERMSIG(status)).write();
    else
      log_end("failed");
    return;
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
    const auto got = ::recv(channel_.get(), &request_, sizeof request_, MSG_TRUNC | MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return Question::child_ended;
    return got == sizeof request_ ? Question::asked : Question::malformed;
  }
}

// False when the connection is done with.
bool Supervisor::handle() {
  const auto asked = base::now_ms();
  Credentials credentials;
  if (!check_request(request_, credentials)) {
    kill_child("protocol");
    return false;
  }
  ++tries_;
  Verifier verifier(settings_.verifier, credentials, settings_.timestamp);
  const auto verdict = verifier.wait();
  if (verdict.outcome == Outcome::passed) {
    hand_over(verifier, credentials);
    return false;
  }
  if (verdict.served) {  // a verifier of the old kind: that was the session
    end_child();
    base::LogLine("pop3-login", "served").field("ip", base::client_address())
        .field("user", credentials.login).write();
    return false;
  }
  refuse(credentials, verdict.outcome, !verdict.speaks_status || tries_ >= settings_.tries, asked);
  return true;
}

// The client belongs to the back end now. Whatever fails here must end in the log, never in
// main's handler, which would write to the client.
void Supervisor::hand_over(Verifier& verifier, const Credentials& credentials) noexcept try {
  base::LogLine("pop3-login", "login")
      .field("ip", base::client_address())
      .field("user", credentials.login)
      .field("auth", to_text(credentials.method))
      .field("tries", tries_)
      .write();
  end_child();
  // From here on there is only a process to wait for.
  base::wipe(&request_, sizeof request_);
  if (settings_.uid != 0) base::drop_privilege(settings_.uid, settings_.gid, {});
  verifier.wait_for_back_end();
} catch (const std::exception& e) {
  base::LogLine("pop3-login", "failed").field("error", e.what()).write();
}

// Whatever was wrong, the client hears it at the same time after its question: the interval, or
// the first multiple of it that a slow verifier leaves.
void Supervisor::refuse(const Credentials& credentials, Outcome outcome, bool is_last,
                        std::int64_t asked) {
  base::LogLine("pop3-login", "refused")
      .field("ip", base::client_address())
      .field("user", credentials.login)
      .field("auth", to_text(credentials.method))
      .field("reason", to_text(outcome))
      .field("tries", tries_)
      .write();
  if (const auto interval = settings_.error_interval_ms; interval > 0) {
    const auto intervals = (base::now_ms() - asked) / interval + 1;
    base::sleep_until_ms(std::min(asked + intervals * interval, settings_.deadline_ms));
  }
  is_over_ = is_last;
  const LoginAnswer answer{outcome, is_last};
  ::send(channel_.get(), &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Supervisor::kill_child(std::string_view reason) {
  end_child();
  log_end(reason);
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

void Supervisor::log_end(std::string_view reason) {
  base::LogLine("pop3-login", "end")
      .field("ip", base::client_address())
      .field("reason", reason)
      .field("tries", tries_)
      .write();
}

}  // namespace

void supervise(const ParentSettings& settings, pid_t child, base::UniqueFd channel) {
  Supervisor(settings, child, std::move(channel)).run();
}

}  // namespace pop3d
