// SPDX-License-Identifier: ISC
// last-login - note when and how the user has logged in, keep logins apart, and go on.
//
// usage   last-login [-f file] program [arg ...]
//         last-login -p file-or-maildir ...        prints records, for an administrator
// reads   file, by default MAILDIR/.last-login; POP3_LOGIN_DELAY
// leaves  fd 0, the client, untouched; on fd 1 nothing, or the refusal; file written anew
// exits   0 refused: too early; 100 misused; 111 program cannot be executed; else as program does
//         -p: 0 all are printed, 1 there are some without a record, 100 misused
// runs as the user, between checkpw and pop3d; what fails is logged, and program executed
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/random.h"
#include "maildir/link.h"
#include "maildir/lock.h"
#include "maildir/replace_file.h"
#include "pop3d/last_login_file.h"

namespace {

using pop3d::LastLoginFile;

constexpr char program[] = "last-login";
constexpr const char* default_file = ".last-login";
constexpr std::uint64_t longest_delay = 86400;

// What the environment says of this login.
pop3d::LastLogin this_login(std::uint64_t now) {
  auto tls = base::get_env("TLS_PROTOCOL");
  if (tls.empty()) tls = base::get_env("SSL_PROTOCOL");
  const bool is_sslserver = base::get_env("PROTO") == "SSL";
  if (tls.empty() && is_sslserver) tls = "TLS";
  const bool is_pop3s = !tls.empty() && (is_sslserver || base::get_env("TCPLOCALPORT") == "995");
  return {now, base::client_address(), is_pop3s ? "pop3s" : "pop3", tls, base::get_env("POP3_AUTH"),
          base::get_env("USER")};
}

struct Verdict {
  std::uint64_t delay = 0, wait = 0;
};

// Looks at PATH, and writes this login into it if it IS_ONE: not if it comes too early, nor if pop3d
// will refuse it.
Verdict judge(const char* path, const char* temporary, bool is_one) {
  const auto now = static_cast<std::uint64_t>(std::max<std::time_t>(0, std::time(nullptr)));
  Verdict verdict{base::env_number("POP3_LOGIN_DELAY", 0, 0, longest_delay), 0};
  LastLoginFile last;
  if (last.read(path) == LastLoginFile::Read::yes)
    verdict.wait = pop3d::seconds_to_wait(last.login().time, now, verdict.delay);
  if (is_one && verdict.wait == 0)
    maildir::replace_file(AT_FDCWD, temporary, path, to_text(this_login(now)).view(), maildir::Durable::no);
  return verdict;
}

Verdict judge(const char* file, char* const rest[]) {
  const auto unique = base::random_name<10>();
  base::UniqueFd lock;
  bool is_one = true;
  {
    const maildir::Visit visit(maildir::maildir_of(rest));
    const bool has_maildir = visit.opened() == maildir::Opened::good;
    if (has_maildir && base::env_switch("POP3_LOCK", true))
      is_one = maildir::try_lock(lock) != maildir::Locked::in_use;
    base::Text<40> temporary("tmp/last-login.");
    if (has_maildir && !file) return judge(default_file, (temporary << unique.view()).c_str(), is_one);
  }
  const char* path = file ? file : default_file;
  base::Text<4095> temporary(path);
  return judge(path, (temporary << '.' << unique.view()).c_str(), is_one);
}

// RFC 2449 s.8.1.1.
int refuse(const Verdict& verdict) {
  base::LogLine(program, "refused")
      .field("ip", base::client_address())
      .field("user", base::get_env("USER"))
      .field("reason", "login-delay")
      .field("wait", verdict.wait)
      .write();
  base::Text<120> line;
  line << "-ERR [LOGIN-DELAY] logins must be " << verdict.delay << " seconds apart: try again in " << verdict.wait
       << " seconds\r\n";
  (void)base::try_write_all(1, line.view());
  base::close_politely(0, 1);
  return 0;
}

int log_in(const char* file, char* const rest[]) {
  const maildir::Link link(program, rest);
  Verdict verdict;
  try {
    if (link.may_work()) verdict = judge(file, rest);
  } catch (const std::exception& e) {
    maildir::log_skipped(program, e.what());
  }
  return verdict.wait != 0 ? refuse(verdict) : link.execute_rest();
}

// One line; false if there is no record.
bool print(const char* given) {
  base::Text<4095> path(given);
  struct stat status;
  if (::stat(given, &status) == 0 && S_ISDIR(status.st_mode)) path << '/' << default_file;
  LastLoginFile file;
  const char* why = nullptr;
  switch (file.read(path.c_str())) {
    case LastLoginFile::Read::yes: break;
    case LastLoginFile::Read::missing: why = "no login yet"; break;
    case LastLoginFile::Read::no_record: why = "no record of a login"; break;
    case LastLoginFile::Read::unreadable: why = std::strerror(errno); break;
  }
  base::Text<6000> line;
  if (why) {
    base::complain(program, (line << path.view() << ": " << why).view(), 0);
    return false;
  }
  const auto& login = file.login();
  line << pop3d::utc_date(login.time).view();
  for (const auto value : {login.user, login.ip, login.protocol, login.tls, login.auth}) line << ' ' << value;
  base::write_all(1, (line << ' ' << path.view() << '\n').view(), "standard output");
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  const char* file = nullptr;
  bool is_print = false, is_good = true;
  for (int option; (option = ::getopt(argc, argv, "+f:p")) != -1;) switch (option) {
      case 'f': file = ::optarg; break;
      case 'p': is_print = true; break;
      default: is_good = false;
    }
  if (!is_good || ::optind == argc || (is_print && file) || (file && !*file))
    return base::complain(program, "usage: last-login [-f file] program [arg ...], or -p file ...", base::exit_usage);
  if (!is_print) return log_in(file, argv + ::optind);
  int code = 0;
  for (int i = ::optind; i < argc; ++i)
    if (!print(argv[i])) code = 1;
  return code;
} catch (const std::exception& e) {
  return base::complain("last-login", e.what(), base::exit_temporary);
}
