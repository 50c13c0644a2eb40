// SPDX-License-Identifier: ISC
#include "pop3d/poppassd_parent.h"

#include <fcntl.h>
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
#include "base/secret.h"
#include "base/spawn.h"
#include "pop3d/failed_login.h"
#include "pop3d/old_logs.h"
#include "pop3d/poppassd_messages.h"

namespace pop3d {

namespace {

constexpr char program[] = "poppassd";
// apoppasswd says so of a secret that has no name. A device's own secret must not change the main one.
constexpr std::string_view is_main_secret = "That is the secret.\n";
constexpr std::string_view try_later = "Cannot do that now, try again later.";

struct Run {
  int status = 0;
  base::Text<400> output, error;
};

void read_text(int fd, base::Text<400>& text) {
  char buffer[400];
  text << std::string_view(buffer, base::read_all(fd, buffer));
}

class Supervisor {
 public:
  Supervisor(const LoginSettings& settings, Guesses& guesses, char* const* command, base::UniqueFd channel,
             std::int64_t deadline_ms, uid_t block_uid)
      : settings_(settings), guesses_(guesses), command_(command), channel_(std::move(channel)),
        deadline_ms_(deadline_ms) {
    block_uid_ << block_uid;
  }

  void run();

 private:
  bool wait_for_request();
  bool handle();
  PasswordAnswer verify();
  PasswordAnswer change();
  PasswordAnswer refuse(std::string_view text, std::string_view reason, std::int64_t delay_ms);
  Run run_command(const char* option);
  void log(std::string_view event, std::string_view reason) const;
  void log_guess() const;

  const LoginSettings& settings_;
  Guesses& guesses_;
  char* const* command_;
  base::UniqueFd channel_;
  const std::int64_t deadline_ms_;
  base::Text<20> block_uid_;
  PasswordRequest request_{};
  base::Text<max_login> verified_;  // who has said his password
  std::uint64_t tries_ = 0;
  std::int64_t asked_ms_ = 0;
};

void Supervisor::run() {
  while (wait_for_request()) {
    const bool goes_on = handle();
    base::wipe(&request_, sizeof request_);
    if (!goes_on) return;
  }
}

bool Supervisor::wait_for_request() {
  for (;;) {
    const auto left = deadline_ms_ - base::now_ms();
    if (left <= 0) return false;
    pollfd input{channel_.get(), POLLIN, 0};
    const int ready = ::poll(&input, 1, static_cast<int>(std::min<std::int64_t>(left, 3600000)));
    if (ready < 0 && errno != EINTR) base::fail("poll");
    if (ready <= 0) continue;
    const auto got = ::recv(channel_.get(), &request_, sizeof request_, MSG_TRUNC | MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    return got == sizeof request_ && check_request(request_);
  }
}

bool Supervisor::handle() {
  asked_ms_ = base::now_ms();
  const auto answer = request_.action == PasswordAction::verify ? verify() : change();
  return ::send(channel_.get(), &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof answer &&
         !answer.is_last;
}

PasswordAnswer Supervisor::verify() {
  verified_.clear();
  ++tries_;
  if (!guesses_.wait_for_turn(settings_.verifiers, deadline_ms_))
    return refuse(try_later, "busy", settings_.error_interval_ms);
  const auto result = run_command("-v");
  guesses_.end_turn();
  const bool has_ended = WIFEXITED(result.status);
  if (has_ended && WEXITSTATUS(result.status) == 0 && result.output.view() == is_main_secret) {
    verified_ << std::string_view(request_.login);
    return {true, false, {}};
  }
  if (!has_ended || WEXITSTATUS(result.status) > base::exit_refused)
    return refuse(try_later, "temporary", settings_.error_interval_ms);
  // apoppasswd says that a secret is right even where it refuses its uid.
  const auto reason = WEXITSTATUS(result.status) == 0 ? "named-secret" : result.output.empty() ? "auth" : "blocked-uid";
  return refuse({}, reason, guesses_.failed(settings_.error_interval_ms, settings_.most_delay_ms));
}

// The answer comes at the same time after the question, whatever was wrong.
PasswordAnswer Supervisor::refuse(std::string_view text, std::string_view reason, std::int64_t delay_ms) {
  if (reason == "auth")
    log_guess();
  else
    log("refused", reason);
  if (delay_ms > 0) {
    const auto delays = (base::now_ms() - asked_ms_) / delay_ms + 1;
    base::sleep_until_ms(std::min(asked_ms_ + delays * delay_ms, deadline_ms_));
  }
  PasswordAnswer answer{false, tries_ >= settings_.tries, {}};
  std::memcpy(answer.text, text.data(), std::min(text.size(), sizeof answer.text - 1));
  return answer;
}

PasswordAnswer Supervisor::change() {
  if (verified_.empty() || verified_.view() != request_.login) return {false, true, {}};
  const auto result = run_command("-a");
  if (WIFEXITED(result.status) && WEXITSTATUS(result.status) == 0) {
    log("changed", {});
    verified_.clear();
    return {true, false, {}};
  }
  PasswordAnswer answer{};
  std::string_view why = try_later;
  if (WIFEXITED(result.status) && WEXITSTATUS(result.status) == base::exit_refused) {
    // What is wrong with it, such as that it is too short: for the user, in one line.
    why = result.error.view().substr(0, result.error.view().find('\n'));
    if (const auto colon = why.find(": "); colon != why.npos) why.remove_prefix(colon + 2);
  } else {
    log("failed", result.error.view());
  }
  std::size_t size = 0;
  for (const char c : why)
    if (c >= 0x20 && c <= 0x7e && size + 1 < sizeof answer.text) answer.text[size++] = c;
  return answer;
}

// The secret goes over a pipe; the login, which is none, is an argument.
Run Supervisor::run_command(const char* option) {
  char* argv[most_command_words + 5];
  std::size_t words = 0;
  for (; command_[words]; ++words) argv[words] = command_[words];
  for (const char* word : {"-b", block_uid_.c_str(), option}) argv[words++] = const_cast<char*>(word);
  argv[words++] = request_.login;
  argv[words] = nullptr;

  auto input = base::make_pipe(), output = base::make_pipe(), error = base::make_pipe();
  // A pipe holds at least 4096 octets, so this never waits.
  base::write_all(input.write.get(), request_.secret, "secret");
  base::write_all(input.write.get(), "\n", "secret");
  input.write.reset();
  const base::Handed handed[] = {{input.read.get(), 0}, {output.write.get(), 1}, {error.write.get(), 2}};
  Run run;
  const pid_t pid = base::try_spawn(argv, handed);
  if (pid < 0) base::fail("execute", argv[0]);
  input.read.reset();
  output.write.reset();
  error.write.reset();
  read_text(output.read.get(), run.output);  // both say less than a pipe holds
  read_text(error.read.get(), run.error);
  run.status = base::wait_for(pid);
  return run;
}

// As pop3-login has it, for fail2ban's filter.
void Supervisor::log_guess() const {
  if (base::log_form() == base::LogForm::json) return log("refused", "auth");
  const auto began_ms = deadline_ms_ - settings_.timeout_ms;
  write_log(failed_login_line({request_.login, Method::user, tries_, (base::now_ms() - began_ms) / 1000}, program).view());
}

void Supervisor::log(std::string_view event, std::string_view reason) const {
  base::LogLine line(program, event);
  line.field("ip", base::client_address()).field("user", request_.login);
  if (!reason.empty()) line.field(event == "failed" ? "error" : "reason", reason);
  line.field("tries", tries_).write();
}

void log_end(int status) {
  if (!WIFSIGNALED(status)) return;
  base::LogLine(program, "died")
      .field("ip", base::client_address())
      .field("program", "child")
      .field("signal", WTERMSIG(status))
      .write();
}

}  // namespace

void supervise_passwords(const LoginSettings& settings, Guesses& guesses, char* const* command, pid_t child,
                         base::UniqueFd channel, std::int64_t deadline_ms, uid_t block_uid) {
  Supervisor supervisor(settings, guesses, command, std::move(channel), deadline_ms, block_uid);
  supervisor.run();
  // An honest child has said all that it had to, and ends by itself; it has a moment for that.
  constexpr int most_looks = 100;
  for (int look = 0; look < most_looks; ++look) {
    if (int status; ::waitpid(child, &status, WNOHANG) == child) return log_end(status);
    base::sleep_until_ms(base::now_ms() + 2);
  }
  ::kill(child, SIGKILL);
  base::wait_for(child);
}

}  // namespace pop3d
