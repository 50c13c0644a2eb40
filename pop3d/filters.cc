// SPDX-License-Identifier: ISC
// filters - keep a process beside pop3d that runs the filter of X-MANGLE and the mail command of XTND XMIT.
//
// usage   filters program [arg ...]
// reads   POP3_MANGLE, POP3_MAIL_COMMAND, POP3_NO_MIME
// leaves  fd 0 and 1, the client, untouched; POP3_RUNNER_FD, the number of a socket, if any of the three asks for it
// exits   100 misused; 111 program cannot be executed; else as program does
// runs as the user, between checkpw and pop3d; what fails is logged, and program executed
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "maildir/link.h"
#include "pop3d/runner.h"

namespace {

constexpr char program[] = "filters";

bool is_wanted() {
  return !base::get_env("POP3_MANGLE").empty() || !base::get_env("POP3_MAIL_COMMAND").empty() ||
         base::env_switch("POP3_NO_MIME", false);
}

// The session's client and whatever else was handed down to it are not the runner's; the log is.
[[noreturn]] void be_runner(base::UniqueFd socket) noexcept {
  constexpr int place = 3;
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const bool is_ready = null >= 0 && ::dup2(null, 0) == 0 && ::dup2(null, 1) == 1 &&
                        (socket.get() == place || ::dup3(socket.get(), place, O_CLOEXEC) == place);
  if (!is_ready) ::_exit(base::exit_temporary);
  base::close_others({place});
  (void)socket.release();
  pop3d::run_requests(place);
  ::_exit(0);
}

void start_runner() {
  base::unset_env("POP3_RUNNER_FD");
  if (!is_wanted()) return;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) base::fail("make a pair of sockets");
  base::UniqueFd ours(ends[0]), its(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) base::fail("fork");
  if (pid == 0) be_runner(std::move(its));
  base::Text<12> number;
  number << ours.get();
  base::set_env("POP3_RUNNER_FD", number.c_str());
  ::fcntl(ours.release(), F_SETFD, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return base::complain(program, "usage: filters program [arg ...]", base::exit_usage);
  return maildir::run_link(program, argv + 1, start_runner);
}
