// SPDX-License-Identifier: ISC
#include "maildir/link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"

namespace maildir {

namespace {

// As pop3d says it, in whose place we speak: the login has passed, nobody else will answer.
void refuse_service() noexcept {
  (void)base::try_write_all(1, "-ERR [SYS/TEMP] cannot serve the mailbox now\r\n");
  base::close_politely(0, 1);
}

}  // namespace

const char* maildir_of(char* const rest[]) {
  if (const auto given = base::get_env("MAILDIR"); !given.empty()) return given.data();
  constexpr const char* otherwise = "Maildir";
  if (!rest[0] || !rest[1]) return otherwise;
  const char* last = rest[1];
  for (std::size_t i = 2; rest[i]; ++i) last = rest[i];
  const std::string_view word(last);
  const auto file = word.substr(word.find_last_of('/') + 1);  // all of it, if there is none
  return word.empty() || file == "pop3d" ? otherwise : last;
}

Visit::Visit(const char* path) : home_(base::open_file(".", O_PATH | O_DIRECTORY)) {
  if (::chdir(path) != 0) {
    if (errno != ENOENT && !is_lasting(errno)) base::fail("enter", path);
    opened_ = errno == ENOENT ? Opened::missing : Opened::unreadable;
    return;
  }
  struct stat status;
  const bool is_known = ::stat(".", &status) == 0;
  if (is_known && status.st_uid == ::geteuid()) return;
  const int error = errno;
  opened_ = Opened::unreadable;
  go_home();
  errno = error;
  if (!is_known) base::fail("stat", path);
}

Visit::~Visit() { go_home(); }

// What comes next must not run in the wrong directory, and nobody could catch an exception.
void Visit::go_home() noexcept {
  if (::fchdir(home_.get()) == 0) return;
  base::LogLine("link", "failed")
      .field("user", base::get_env("USER"))
      .field("error", "cannot go back to the home directory")
      .write();
  refuse_service();
  ::_exit(base::exit_temporary);
}

void log_skipped(std::string_view link, std::string_view why) {
  base::LogLine(link, "skipped").field("user", base::get_env("USER")).field("error", why).write();
}

// A log that nobody reads must not end the login; the next program shall have its signals as we
// had them.
Link::Link(const char* name, char* const* rest)
    : name_(name), rest_(rest), on_pipe_(std::signal(SIGPIPE, SIG_IGN)) {
  base::open_standard_fds();
}

bool Link::may_work() const {
  if (::geteuid() != 0 && ::getuid() != 0) return true;
  log_skipped(name_, "started as root");
  return false;
}

int Link::execute_rest() const {
  if (on_pipe_ != SIG_ERR) std::signal(SIGPIPE, on_pipe_);
  ::execvp(rest_[0], rest_);
  const int error = errno;
  std::signal(SIGPIPE, SIG_IGN);
  errno = error;
  try {
    base::fail("execute", rest_[0]);
  } catch (const base::Failure& e) {
    base::LogLine(name_, "failed")
        .field("ip", base::client_address())
        .field("user", base::get_env("USER"))
        .field("error", e.what())
        .write();
  }
  refuse_service();
  return base::exit_temporary;
}

}  // namespace maildir
