// SPDX-License-Identifier: ISC
// checkpw - verify one login against users.cdb, become the user, execute the next program.
//
// usage   checkpw [-f users.cdb] program [arg ...]
// reads   fd 3: login \0 password-or-response \0 timestamp \0, at most 512 octets
// leaves  fd 0 and 1, the client, untouched; USER, HOME, SHELL and MAILDIR set for program
// exits   1 refused, 2 misused or set up unsafely, 111 try again later; else as program does
// runs as root until the login has passed, then as the user; never reads the network
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/secret.h"
#include "base/spawn.h"
#include "checkpw/become.h"
#include "checkpw/policy.h"
#include "checkpw/status.h"
#include "checkpw/verify.h"
#include "conf_home.h"

namespace {

constexpr char program[] = "checkpw";
constexpr int record_fd = 3;
// The popup cannot know how long a verifier may take; the kernel ends one that hangs.
constexpr unsigned longest_seconds = 60;

// Logs and gives the exit code back.
int stop(int code, std::string_view event, std::string_view key, std::string_view what,
         std::string_view user = {}) {
  base::LogLine line(program, event);
  line.field("ip", base::client_address());
  if (!user.empty()) line.field("user", user);
  line.field(key, what).write();
  return code;
}

// Logs in and executes ARGV. Comes back with an exit code if the login is not to be.
int check(const char* users_path, char** argv, checkpw::Status& status) {
  base::Secret<checkpw::max_record + 1> buffer;
  const auto size = base::read_all(record_fd, buffer.span());
  ::close(record_fd);
  if (size > checkpw::max_record)
    return stop(base::exit_misused, "failed", "error", "login record longer than 512 octets");
  const auto login = checkpw::parse_login({buffer.data, size});
  if (!login) return stop(base::exit_misused, "failed", "error", "malformed login record");
  const auto method = checkpw::parse_method(base::get_env("POP3_AUTH"));
  if (!method) return stop(base::exit_misused, "failed", "error", "POP3_AUTH is not user or apop");

  checkpw::UsersDb users(users_path);
  const auto account = checkpw::verify(users, *login, *method);
  if (!account) return base::exit_refused;  // the popup logs it, with all it knows
  const auto policy = checkpw::read_policy(users.owner());
  if (const auto reason = checkpw::refusal(policy, *account); !reason.empty())
    return stop(base::exit_refused, "refused", "reason", reason, login->name);
  if (!policy.is_root)
    base::complain("warning: checkpw", "not started as root: serving our own uid only", 0);

  checkpw::become(*account, login->name, policy.is_root);
  // Before the octet, while the client can still be told: is there anything this user can execute?
  const char* path = base::find_program(argv[0]);
  if (!path) base::fail("execute", argv[0]);
  ::alarm(0);
  status.passed();
  ::execv(path, argv);
  base::fail("execute", path);
}

}  // namespace

int main(int argc, char** argv) {
  checkpw::Status status;
  int code = base::exit_temporary;
  try {
    const char* users = CONF_HOME "/etc/users/users.cdb";
    int first = 1;
    if (argc > 2 && std::string_view(argv[1]) == "-f") {
      users = argv[2];
      first = 3;
    }
    if (first >= argc || argv[first][0] == '-') {
      code = base::complain(program, "usage: checkpw [-f users.cdb] program [arg ...]", base::exit_misused);
    } else {
      base::open_standard_fds();
      base::hide_memory();
      ::umask(077);
      ::alarm(longest_seconds);
      code = check(users, argv + first, status);
    }
  } catch (const checkpw::Unsafe& e) {
    code = stop(base::exit_misused, "failed", "error", e.what());
  } catch (const std::exception& e) {
    stop(code, "failed", "error", e.what());
  }
  status.failed();
  return code;
}
