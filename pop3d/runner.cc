// SPDX-License-Identifier: ISC
#include "pop3d/runner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/pass_fds.h"
#include "base/text.h"

namespace pop3d {

namespace {

constexpr int time_to_answer_ms = 5000;

bool wait_for_input(int fd, std::int64_t until_ms) {
  for (;;) {
    const auto left = std::max<std::int64_t>(0, until_ms - base::now_ms());
    pollfd input{fd, POLLIN, 0};
    const int ready = ::poll(&input, 1, static_cast<int>(left));
    if (ready >= 0 || errno != EINTR) return ready == 1;
  }
}

}  // namespace

base::UniqueFd inherited_runner() {
  const auto given = base::get_env("POP3_RUNNER_FD");
  if (given.empty()) return {};
  const auto number = base::parse_number<unsigned>(given);
  struct stat status;
  if (!number || *number < 3 || *number > 1 << 20 || ::fstat(static_cast<int>(*number), &status) != 0 ||
      !S_ISSOCK(status.st_mode))
    throw base::Failure("POP3_RUNNER_FD", "not a socket");
  base::UniqueFd socket(static_cast<int>(*number));
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  return socket;
}

RunnerAnswer::Outcome Runner::ask(const RunnerRequest& request, int first, int second, std::int64_t deadline_ms) {
  if (!socket_) return RunnerAnswer::failed;
  const int fds[] = {first, second};
  const bool is_mangle = request.kind == RunnerRequest::mangle;
  auto until_ms = base::now_ms() + (is_mangle ? longest_mangle_ms : longest_send_ms) + time_to_answer_ms;
  if (deadline_ms != 0) until_ms = std::min(until_ms, deadline_ms);
  RunnerAnswer answer;
  // Not receive_with_fds(): pop3d's sandbox has no recvmsg(), and no descriptor ever comes.
  if (base::send_with_fds(socket_.get(), &request, sizeof request, fds) &&
      wait_for_input(socket_.get(), until_ms) &&
      ::recv(socket_.get(), &answer, sizeof answer, 0) == static_cast<long>(sizeof answer) &&
      answer.outcome <= RunnerAnswer::not_started)
    return answer.outcome;
  base::LogLine("pop3d", "runner").field("user", base::get_env("USER")).field("error", "no answer").write();
  socket_.reset();
  return RunnerAnswer::failed;
}

}  // namespace pop3d
