// SPDX-License-Identifier: ISC
#include "pop3d/proxy_reader.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/sandbox.h"
#include "base/spawn.h"
#include "conf_home.h"

namespace pop3d {

namespace {

constexpr char program[] = "proxy-protocol";

// Who reads the header; uid 0: we are not root, and all stays what it is.
struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  const char* root = nullptr;
};

Account read_account() {
  constexpr std::uint64_t largest_id = 0xfffffffe;
  Account account;
  if (::geteuid() != 0) return account;
  account.uid = static_cast<uid_t>(base::env_number("UID", 0, 0, largest_id));
  account.gid = static_cast<gid_t>(base::env_number("GID", 0, 0, largest_id));
  if (account.uid == 0 || account.gid == 0)
    throw base::Failure("UID and GID", "must name an account of our own for what reads the network");
  const auto root = base::get_env("ROOT");
  account.root = root.empty() ? CONF_HOME "/empty" : root.data();
  return account;
}

// Not on the stack: pages that a header does not fill are never touched.
char header[max_proxy_header];

ProxyReport read_header() {
  std::size_t size = 0;
  while (const auto wanted = octets_wanted({header, size})) {
    const long got = base::read_some(0, header + size, wanted);
    if (got <= 0) {
      ProxyReport report{};
      report.outcome = size == 0 ? ProxyOutcome::silent : ProxyOutcome::malformed;
      report.why = size == 0 ? ProxyFault::none : ProxyFault::cut;
      return report;
    }
    size += static_cast<std::size_t>(got);
  }
  return parse_proxy_header({header, size});
}

[[noreturn]] void run_child(const Account& account, base::Sandbox sandbox, base::Pipe& pipe) try {
  pipe.read.reset();
  base::close_others({pipe.write.get()});
  if (account.uid != 0) {
    base::enter_empty_root(account.root);
    base::drop_privilege(account.uid, account.gid, {});
  }
  base::confine_login_child(program, sandbox);
  const auto report = read_header();
  base::write_all(pipe.write.get(), {reinterpret_cast<const char*>(&report), sizeof report}, "report");
  ::_exit(0);
} catch (const std::exception& e) {
  base::LogLine(program, "failed").field("error", e.what()).write();
  ::_exit(base::exit_temporary);
}

enum class Answer { whole, cut, late };

Answer receive(int from, ProxyReport& report, std::int64_t deadline_ms) {
  std::size_t size = 0;
  while (size < sizeof report) {
    const auto left = deadline_ms - base::now_ms();
    pollfd input{from, POLLIN, 0};
    const int ready = left <= 0 ? 0 : ::poll(&input, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Answer::late;
    const long got = base::read_some(from, reinterpret_cast<char*>(&report) + size, sizeof report - size);
    if (got <= 0) return Answer::cut;
    size += static_cast<std::size_t>(got);
  }
  return Answer::whole;
}

bool refuse(std::string_view proxy, std::string_view reason) {
  base::LogLine(program, "refused").field("proxy", proxy).field("reason", reason).write();
  return false;
}

// The child ended without a report.
bool tell_end(std::string_view proxy, int status) {
  if (!WIFSIGNALED(status)) throw base::Failure("the child", "failed");
  base::LogLine(program, "died")
      .field("proxy", proxy)
      .field("program", "child")
      .field("signal", WTERMSIG(status))
      .write();
  return false;
}

}  // namespace

bool read_proxy_header(std::string_view proxy, std::int64_t wait_ms, ProxyReport& report) {
  const auto deadline = base::now_ms() + wait_ms;
  const auto account = read_account();
  const auto sandbox = base::read_sandbox();
  auto pipe = base::make_pipe();
  const pid_t child = ::fork();
  if (child < 0) base::fail("fork");
  if (child == 0) run_child(account, sandbox, pipe);
  pipe.write.reset();
  const auto answer = receive(pipe.read.get(), report, deadline);
  // Has it answered, it has nothing left to do; has it closed the pipe, it ends by itself.
  if (answer != Answer::cut) ::kill(child, SIGKILL);
  const int status = base::wait_for(child);
  if (answer == Answer::late) return refuse(proxy, "timeout");
  if (answer == Answer::cut) return tell_end(proxy, status);
  if (!check_proxy_report(report)) return refuse(proxy, "protocol");
  if (report.outcome == ProxyOutcome::malformed) return refuse(proxy, to_text(report.why));
  return report.outcome != ProxyOutcome::silent;
}

}  // namespace pop3d
