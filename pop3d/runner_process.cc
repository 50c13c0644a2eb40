// SPDX-License-Identifier: ISC
// The runner's own side: runs as the user, outside of pop3d's sandbox, and believes nothing of what it is
// asked.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/pass_fds.h"
#include "base/spawn.h"
#include "pop3d/runner.h"

namespace pop3d {

namespace {

constexpr std::size_t most_words = 32;

// A command line, split at blanks: there is no shell, and no quoting.
class Words {
 public:
  explicit Words(std::string_view command) {
    while (!command.empty()) {
      const auto end = command.find(' ');
      if (end != 0) add(command.substr(0, end));
      command.remove_prefix(end == command.npos ? command.size() : end + 1);
    }
  }
  void add(std::string_view word) {
    if (count_ == most_words || text_.overflowed()) throw base::Failure("command", "too long");
    starts_[count_++] = text_.view().size();
    text_ << word << '\0';
  }
  // Ends in a nullptr; views into this object.
  char* const* argv() {
    if (text_.overflowed()) throw base::Failure("command", "too long");
    for (std::size_t i = 0; i < count_; ++i) argv_[i] = const_cast<char*>(text_.c_str()) + starts_[i];
    argv_[count_] = nullptr;
    return argv_.data();
  }
  bool empty() const { return count_ == 0; }

 private:
  base::Text<4000> text_;
  std::array<std::size_t, most_words> starts_{};
  std::array<char*, most_words + 1> argv_{};
  std::size_t count_ = 0;
};

// Settings that were good when pop3d asked are good now: the environment is the same.
Words command_for(const RunnerRequest& request) {
  if (request.kind == RunnerRequest::send) return Words(base::get_env("POP3_MAIL_COMMAND"));
  const auto command = base::get_env("POP3_MANGLE");
  Words words(command.empty() ? std::string_view(default_mangle) : command);
  if (words.empty()) return words;
  base::Text<300> attribute;
  words.add(request.wish.text == MangleText::html ? "text=html" : "text=plain");
  attribute << "charset=" << name_of(request.wish.charset).view();
  words.add(attribute.view());
  attribute.clear();
  attribute << "headers=" << request.wish.headers;
  words.add(attribute.view());
  if (!request.wish.has_body) words.add("body=none");
  return words;
}

void limit(int resource, rlim_t value) noexcept {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

// What a message can make of a filter: one process, so much of everything. OFFSET is where it begins to write.
void limit_filter(std::uint64_t offset) noexcept {
  constexpr rlim_t cpu_seconds = 10, descriptors = 64;
  limit(RLIMIT_CPU, cpu_seconds);
  limit(RLIMIT_NPROC, 0);
  limit(RLIMIT_NOFILE, descriptors);
  limit(RLIMIT_FSIZE, offset + most_mangled_octets);
// The sanitizers' own memory is all that there is.
#if !defined(__SANITIZE_ADDRESS__)
  constexpr rlim_t memory = 512u << 20;
  limit(RLIMIT_AS, memory);
#endif
}

[[noreturn]] void become(char* const* argv, const RunnerRequest& request, int first, int second) noexcept {
  ::setpgid(0, 0);
  limit(RLIMIT_CORE, 0);
  const long offset = ::lseek(second, 0, SEEK_CUR);
  const bool is_mangle = request.kind == RunnerRequest::mangle;
  if (is_mangle) limit_filter(offset < 0 ? 0 : static_cast<std::uint64_t>(offset));
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool is_ready = ::lseek(first, 0, SEEK_SET) == 0 && ::dup2(first, 0) == 0 && (!is_mangle || ::dup2(second, 1) == 1);
  if (is_ready) ::execvp(argv[0], argv);
  ::_exit(base::exit_temporary);
}

enum class Wait { ended, too_long, nobody };

// Until PID has ended, the time is over, or pop3d has gone (nothing is ever sent ahead). SIGCHLD is blocked but here.
Wait wait_for(pid_t pid, int socket, int longest_ms, int& status) {
  const auto until_ms = base::now_ms() + longest_ms;
  sigset_t none;
  sigemptyset(&none);
  for (;;) {
    if (::waitpid(pid, &status, WNOHANG) == pid) return Wait::ended;
    const auto left = until_ms - base::now_ms();
    if (left <= 0) return Wait::too_long;
    const timespec time{static_cast<time_t>(left / 1000), static_cast<long>(left % 1000 * 1000000)};
    pollfd input{socket, POLLIN, 0};
    if (::ppoll(&input, 1, &time, &none) > 0) return Wait::nobody;
  }
}

void log_failure(const char* program, Wait wait, int status) {
  base::LogLine line("filters", "failed");
  line.field("user", base::get_env("USER")).field("program", program);
  if (wait == Wait::too_long)
    line.field("error", "not in time");
  else if (wait == Wait::nobody)
    line.field("error", "the session has ended");
  else if (WIFSIGNALED(status))
    line.field("signal", WTERMSIG(status));
  else
    line.field("status", WEXITSTATUS(status));
  line.write();
}

RunnerAnswer::Outcome run(const RunnerRequest& request, int socket, int first, int second) {
  auto words = command_for(request);
  char* const* const argv = words.argv();
  if (words.empty() || !base::find_program(argv[0])) {
    base::LogLine("filters", "failed").field("user", base::get_env("USER"))
        .field("program", words.empty() ? "" : argv[0]).field("error", "no such program").write();
    return RunnerAnswer::not_started;
  }
  const pid_t pid = ::fork();
  if (pid < 0) base::fail("fork");
  if (pid == 0) become(argv, request, first, second);
  ::setpgid(pid, pid);  // whoever of us comes first
  int status = 0;
  const bool is_mangle = request.kind == RunnerRequest::mangle;
  const auto wait = wait_for(pid, socket, is_mangle ? longest_mangle_ms : longest_send_ms, status);
  if (wait != Wait::ended) {
    ::kill(-pid, SIGKILL);
    base::wait_for(pid);
  }
  if (wait == Wait::ended && status == 0) return RunnerAnswer::done;
  log_failure(argv[0], wait, status);
  return RunnerAnswer::failed;
}

bool is_sound(const RunnerRequest& request) {
  return request.kind == RunnerRequest::send || (request.kind == RunnerRequest::mangle && is_sound(request.wish));
}

// A failure of the machine fails one request, not those that follow.
RunnerAnswer::Outcome try_run(const RunnerRequest& request, int socket, int first, int second) noexcept try {
  return run(request, socket, first, second);
} catch (const std::exception& e) {
  base::LogLine("filters", "failed").field("user", base::get_env("USER")).field("error", e.what()).write();
  return RunnerAnswer::failed;
}

void ignore(int) {}

}  // namespace

void run_requests(int socket) {
  // SIGCHLD ends the wait in ppoll(), and nothing else.
  struct sigaction action{};
  action.sa_handler = ignore;
  ::sigaction(SIGCHLD, &action, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  for (;;) {
    RunnerRequest request;
    base::UniqueFd first, second;
    if (!base::receive_with_fds(socket, &request, sizeof request, first, second)) return;
    if (!first || !second || !is_sound(request)) return;
    const RunnerAnswer answer{try_run(request, socket, first.get(), second.get())};
    if (::send(socket, &answer, sizeof answer, MSG_NOSIGNAL) != static_cast<long>(sizeof answer)) return;
  }
}

}  // namespace pop3d
