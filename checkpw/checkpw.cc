// SPDX-License-Identifier: ISC
// checkpw - verify one login against users.cdb, become the user, execute the next program.
//
// usage   checkpw [-f users.cdb] [-k users.key] program [arg ...]
//         checkpw [-f users.cdb] -m       says which mechanisms there are secrets for
// reads   fd 3: login \0 password-or-response \0 timestamp \0, at most 512 octets; SCRAM: more
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
#include "checkpw/mechanisms.h"
#include "checkpw/policy.h"
#include "checkpw/prepare.h"
#include "checkpw/status.h"
#include "checkpw/verify.h"

namespace {

constexpr char program[] = "checkpw";
constexpr char usage[] = "usage: checkpw [-f users.cdb] [-k users.key] program [arg ...], or -m";
constexpr int record_fd = 3;
// The popup cannot know how long a verifier may take; the kernel ends one that hangs.
constexpr unsigned longest_seconds = 60;

struct Call {
  std::string users = checkpw::installed_database;
  std::string keys;
  bool lists_mechanisms = false;
  char** argv = nullptr;  // the program's
};

std::optional<Call> parse_call(int argc, char** argv) {
  Call call;
  ::opterr = 0;
  for (int letter; (letter = ::getopt(argc, argv, "+f:k:m")) != -1;) switch (letter) {
      case 'f': call.users = ::optarg; break;
      case 'k': call.keys = ::optarg; break;
      case 'm': call.lists_mechanisms = true; break;
      default: return {};
    }
  call.argv = argv + ::optind;
  const bool has_program = ::optind < argc && argv[::optind][0] != '-';
  if (has_program == call.lists_mechanisms || (call.lists_mechanisms && ::optind < argc)) return {};
  if (call.keys.empty()) call.keys = checkpw::key_path_for(call.users);
  return call;
}

// Logs and gives the exit code back.
int stop(int code, std::string_view event, std::string_view key, std::string_view what,
         std::string_view user = {}) {
  base::LogLine line(program, event);
  line.field("ip", base::client_address());
  if (!user.empty()) line.field("user", user);
  line.field(key, what).write();
  return code;
}
int misused(std::string_view what) { return stop(base::exit_misused, "failed", "error", what); }

// The login has passed: becomes the user and executes ARGV.
int enter(const checkpw::Verified& verified, checkpw::Proved proved, uid_t database_owner, char** argv,
          checkpw::Status& status) {
  const auto policy = checkpw::read_policy(database_owner);
  if (const auto reason = checkpw::refusal(policy, verified.login, verified.account, proved); !reason.empty())
    return stop(base::exit_refused, "refused", "reason", reason, verified.login);
  if (!policy.is_root)
    base::complain("warning: checkpw", "not started as root: serving our own uid only", 0);

  checkpw::become(verified.account, verified.login, verified.secret_name, policy.is_root);
  if (checkpw::is_closed_home()) return stop(base::exit_temporary, "refused", "reason", "closed-home", verified.login);
  // Before the octet, while the client can still be told: is there anything this user can execute?
  const char* path = base::find_program(argv[0]);
  if (!path) base::fail("execute", argv[0]);
  if (!verified.answer.empty()) {
    status.tell(verified.answer);
    if (!status.may_go()) {
      status.end();  // nobody is there to be told
      return base::exit_refused;
    }
  }
  ::alarm(0);
  status.passed();
  ::execv(path, argv);
  base::fail("execute", path);
}

int challenge(const Call& call, const checkpw::Login& login, checkpw::Status& status) {
  checkpw::UsersDb users(call.users);
  const auto server_first = checkpw::challenge(users, login);
  if (!server_first) return base::exit_refused;
  status.tell(*server_first);
  status.end();  // not about the login yet
  return 0;
}

int verify_and_enter(const Call& call, const checkpw::Login& login, checkpw::Method method, checkpw::Status& status) {
  checkpw::UsersDb users(call.users);
  checkpw::KeyFile keys(call.keys, users.owner());
  const auto verified = checkpw::verify(users, keys, login, method);
  if (!verified) return base::exit_refused;  // the popup logs it, with all it knows
  return enter(*verified, checkpw::how_proved(method, verified->by_password), users.owner(), call.argv, status);
}

// pop3-login has taken "-no-mime" off the name: but if there is a login that is called so, it was meant.
void prefer_literal_login(const Call& call, checkpw::Login& login) {
  const auto literal = base::get_env("POP3_LITERAL_LOGIN");
  if (literal.empty()) return;
  checkpw::UsersDb users(call.users);
  const auto name = checkpw::prepare(literal);
  if (!name || !users.find(*name)) return;
  login.name = literal;
  base::unset_env("POP3_NO_MIME");
}

// Logs in and executes the program. Comes back with an exit code if the login is not to be.
int check(const Call& call, checkpw::Status& status) {
  const auto method = checkpw::parse_method(base::get_env("POP3_AUTH"));
  if (!method) return misused("POP3_AUTH is not a method that is known");
  base::Secret<checkpw::max_scram_record + 1> buffer;
  const auto size = base::read_all(record_fd, buffer.span());
  ::close(record_fd);
  if (size > checkpw::max_record_of(*method))
    return misused(is_scram(*method) ? "login record longer than 2048 octets" : "login record longer than 512 octets");
  auto login = checkpw::parse_login({buffer.data, size}, *method);
  if (!login || (is_scram(*method) && !checkpw::is_sound_scram(*login))) return misused("malformed login record");
  if (is_scram(*method) && !status.is_there()) return misused("SCRAM needs POP3_STATUS_FD");
  prefer_literal_login(call, *login);
  if (is_scram(*method) && login->response.empty()) return challenge(call, *login, status);
  try {
    return verify_and_enter(call, *login, *method, status);
  } catch (const checkpw::UnknownKey&) {
    // The database that we have opened was just replaced by one sealed under a new key.
    return verify_and_enter(call, *login, *method, status);
  }
}

int list_mechanisms(const Call& call) {
  checkpw::UsersDb users(call.users);
  base::write_all(1, checkpw::mechanisms(users) + "\n", "standard output");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  checkpw::Status status;
  int code = base::exit_temporary;
  try {
    const auto call = parse_call(argc, argv);
    if (!call) {
      code = base::complain(program, usage, base::exit_misused);
    } else {
      base::open_standard_fds();
      base::hide_memory();
      ::umask(077);
      ::alarm(longest_seconds);
      code = call->lists_mechanisms ? list_mechanisms(*call) : check(*call, status);
    }
  } catch (const checkpw::Unsafe& e) {
    code = misused(e.what());
  } catch (const std::exception& e) {
    stop(code, "failed", "error", e.what());
  }
  status.failed();
  return code;
}
