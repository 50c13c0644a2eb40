// SPDX-License-Identifier: ISC
#include "pop3d/token_checker.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/spawn.h"

namespace pop3d {

namespace {

constexpr std::int64_t longest_ms = 10000;
constexpr int record_fd = 3;

// POP3_OAUTH split at blanks: a program and its arguments, and no shell.
class Command {
 public:
  explicit Command(std::string_view text) : text_(text) {
    if (text_.overflowed()) throw base::Failure("POP3_OAUTH", "too long");
    char* at = const_cast<char*>(text_.c_str());
    for (char* word = ::strtok(at, " "); word; word = ::strtok(nullptr, " ")) {
      if (count_ == words_.size() - 1) throw base::Failure("POP3_OAUTH", "too many arguments");
      words_[count_++] = word;
    }
    if (count_ == 0) throw base::Failure("POP3_OAUTH", "names no program");
  }
  char* const* argv() const { return words_.data(); }

 private:
  base::Text<1000> text_;
  std::array<char*, 32> words_{};
  std::size_t count_ = 0;
};

// Between fork and exec: becomes who reads the network, with nothing open but what the program is
// given and an environment of three variables.
[[noreturn]] void become_checker(const LoginSettings& settings, char* const* argv, int record, int output) {
  try {
    if (settings.uid != 0) base::drop_privilege(settings.uid, settings.gid, {});
    // Out of the way of the places that they are to take.
    const base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    constexpr int above = 10;
    record = ::fcntl(record, F_DUPFD_CLOEXEC, above);
    output = ::fcntl(output, F_DUPFD_CLOEXEC, above);
    if (::dup2(null.get(), 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(record, record_fd) < 0)
      base::fail("dup2");
    ::signal(SIGPIPE, SIG_DFL);
    if (const char* path = base::find_program(argv[0])) {
      base::Text<1200> search, session;
      search << "PATH=" << base::get_env("PATH");
      session << "POP3_SESSION=" << base::get_env("POP3_SESSION");
      const char* const environment[] = {search.c_str(), session.c_str(), "LC_ALL=C", nullptr};
      ::execve(path, argv, const_cast<char* const*>(environment));
    }
  } catch (const std::exception&) {
  }
  ::_exit(base::exit_temporary);
}

void write_record(int fd, const Credentials& credentials) {
  for (const auto field : {credentials.login, credentials.secret, base::client_address(),
                           std::string_view(name_of(credentials.method))}) {
    base::write_all(fd, field, "token");
    base::write_all(fd, {"\0", 1}, "token");
  }
}

// The first line of what it says, waiting for it until the deadline; nothing if it has none.
bool read_subject(int fd, std::int64_t deadline_ms, base::Text<max_secret>& subject) {
  subject.clear();
  for (;;) {
    pollfd input{fd, POLLIN, 0};
    const auto left = deadline_ms - base::now_ms();
    char octet;
    if (left <= 0 || ::poll(&input, 1, static_cast<int>(left)) <= 0) return false;
    if (base::read_some(fd, &octet, 1) != 1) return false;
    if (octet == '\n') break;
    if (!base::is_graphic(octet)) return false;
    subject << octet;
  }
  return !subject.empty() && !subject.overflowed();
}

// Its exit code; -1 if it did not end by itself in time.
int wait_until(pid_t pid, std::int64_t deadline_ms) {
  for (;;) {
    int status;
    if (::waitpid(pid, &status, WNOHANG) == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (base::now_ms() >= deadline_ms) {
      ::kill(pid, SIGKILL);
      base::wait_for(pid);
      return -1;
    }
    base::sleep_until_ms(base::now_ms() + 2);
  }
}

}  // namespace

Outcome check_token(const LoginSettings& settings, const Credentials& credentials,
                    base::Text<max_secret>& subject) {
  const Command command(settings.token_checker);
  auto record = base::make_pipe();
  auto answer = base::make_pipe();
  const auto deadline = base::now_ms() + longest_ms;
  const pid_t pid = ::fork();
  if (pid < 0) base::fail("fork");
  if (pid == 0) become_checker(settings, command.argv(), record.read.get(), answer.write.get());
  record.read.reset();
  answer.write.reset();
  try {
    write_record(record.write.get(), credentials);  // a pipe holds 64 KiB: this does not wait
  } catch (const base::Failure&) {                  // it did not want to read it
  }
  record.write.reset();
  const bool has_subject = read_subject(answer.read.get(), deadline, subject);
  const int code = wait_until(pid, deadline);
  if (code == 0 && has_subject) return Outcome::passed;
  if (code == base::exit_refused) return Outcome::refused;
  base::LogLine("pop3-login", "failed").field("ip", base::client_address())
      .field("program", command.argv()[0]).field("exit", code).write();
  return Outcome::temporary;
}

}  // namespace pop3d
