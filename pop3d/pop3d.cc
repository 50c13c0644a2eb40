// SPDX-License-Identifier: ISC
// pop3d - serve one Maildir by POP3, from the TRANSACTION state on.
//
// usage   pop3d [maildir]            MAILDIR in the environment wins; the default is Maildir
// reads   fd 0, the client, who has logged in
// leaves  fd 1, the client, the answers; fd 2, the log
// exits   0 the session ended, in whatever way; 100 misused; 111 the machine failed
// runs as the user; refuses to be root
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "pop3d/session.h"

namespace {

// RFC 1939 s.3: the timer MUST be of at least 10 minutes' duration.
constexpr std::uint64_t default_timeout = 600, longest_timeout = 86400;
constexpr std::uint64_t default_bad_commands = 20;

// Says to client and log why there is no session.
int refuse(std::string_view answer, std::string_view why, int code) {
  base::Text<400> line;
  line << "-ERR " << answer << "\r\n";
  base::LogLine("pop3d", "failed")
      .field("ip", base::client_address())
      .field("user", base::get_env("USER"))
      .field("error", why)
      .write();
  base::try_write_all(1, line.view());
  return code;
}

const char* maildir_path(int argc, char** argv) {
  if (const auto given = base::get_env("MAILDIR"); !given.empty()) return given.data();
  return argc == 2 ? argv[1] : "Maildir";
}

int serve(const char* path) {
  const auto timeout =
      static_cast<int>(base::env_number("POP3_TIMEOUT", default_timeout, 1, longest_timeout)) * 1000;
  const auto bad_commands = base::env_number("POP3_BAD_COMMANDS", default_bad_commands, 1, 1000000);

  maildir::Mailbox mailbox;
  const auto opened = maildir::Mailbox::open(path, mailbox);
  if (opened == maildir::Opened::unreadable)
    return refuse("[SYS/PERM] cannot read the mailbox", "cannot read the Maildir", 0);

  static base::Output out(1, timeout);
  base::BufferedLineInput in(0, timeout);
  pop3d::Session session(mailbox, out, bad_commands);
  session.greet();
  const auto ending = session.serve(in);

  base::LogLine line("pop3d", "logout");
  line.field("user", base::get_env("USER"))
      .field("ip", base::client_address())
      .field("reason", to_text(ending))
      .field("retr", session.counts().retrieved)
      .field("top", session.counts().topped)
      .field("octets", session.counts().octets)
      .field("dele", session.counts().deleted)
      .field("left", session.messages_left());
  if (opened == maildir::Opened::missing) line.field("warning", "no Maildir");
  if (mailbox.passed_over() != 0) line.field("passed-over", mailbox.passed_over());
  line.write();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 2) return base::complain("pop3d", "usage: pop3d [maildir]", base::exit_usage);
  ::signal(SIGPIPE, SIG_IGN);  // a client that is gone is an error of write
  ::umask(077);
  if (::geteuid() == 0 || ::getuid() == 0)
    return refuse("[SYS/PERM] no mailbox for root", "pop3d was started as root", base::exit_temporary);
  return serve(maildir_path(argc, argv));
} catch (const std::exception& e) {
  return refuse("[SYS/TEMP] cannot serve the mailbox now", e.what(), base::exit_temporary);
}
