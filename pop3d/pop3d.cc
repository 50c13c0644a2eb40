// SPDX-License-Identifier: ISC
// pop3d - serve one Maildir by POP3, from the TRANSACTION state on.
//
// usage   pop3d [maildir]            MAILDIR in the environment wins; the default is Maildir
// reads   fd 0, the client, who has logged in
// leaves  fd 1, the client, the answers; fd 2, the log
// exits   0 the session ended, in whatever way; 100 misused; 111 the machine failed
// runs as the user, in a sandbox around the Maildir; refuses to be root
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "maildir/clean.h"
#include "maildir/lock.h"
#include "pop3d/enter.h"
#include "pop3d/session.h"
#include "pop3d/session_log.h"
#include "pop3d/settings.h"

namespace {

using maildir::Opened;
using pop3d::Ending;

// Says to client and log why there is no session.
int refuse(std::string_view answer, std::string_view why, int code,
           pop3d::Language language = pop3d::Language::english) {
  base::Text<400> line;
  line << "-ERR " << pop3d::take_response_code(answer);
  line << pop3d::in_language(language, answer) << "\r\n";
  pop3d::SessionLog::refused(why);
  base::try_write_all(1, line.view());
  base::close_politely(0, 1);
  return code;
}

const char* maildir_path(int argc, char** argv) {
  if (const auto given = base::get_env("MAILDIR"); !given.empty()) return given.data();
  return argc == 2 ? argv[1] : "Maildir";
}

// POP3_UPDATE_ON_ABORT: nobody is there any more to hear of a failure.
void update_late(maildir::Update& update, const pop3d::Session& session) noexcept try {
  update.run(session.deleted(), session.retrieved());
} catch (const std::exception& e) {
  base::LogLine("pop3d", "failed").field("user", base::get_env("USER")).field("error", e.what()).write();
}

int serve(const pop3d::Settings& settings, Opened entered, pop3d::SessionLog& log) {
  base::UniqueFd lock;
  if (settings.lock && entered == Opened::good && maildir::try_lock(lock) == maildir::Locked::in_use)
    return refuse("[IN-USE] another session has this mailbox", "mailbox in use", 0, settings.language);
  if (entered == Opened::good) pop3d::import_uidls_once(settings);
  maildir::Mailbox mailbox;
  const auto opened =
      entered == Opened::good ? mailbox.open(settings.sizes, settings.use_index) : entered;
  if (opened == Opened::unreadable)
    return refuse("[SYS/PERM] cannot read the mailbox", "cannot read new/ or cur/", 0, settings.language);

  static base::Output out(1, settings.write_timeout_ms);
  out.set_deadline(settings.deadline_ms);
  base::BufferedLineInput in(0, settings.timeout_ms, settings.deadline_ms);
  maildir::Update update(mailbox, settings.update);
  pop3d::Session session(mailbox, update, lock, out, settings);
  if (log.trace()) {
    in.watch(log.trace());
    out.watch(log.trace());
  }
  log.opened(mailbox);
  session.greet();
  const auto ending = session.serve(in);
  const bool is_abort = ending != Ending::quit && ending != Ending::update_failed && ending != Ending::failed;
  const bool is_late = is_abort && settings.update_on_abort && !settings.read_only;
  if (is_late) update_late(update, session);
  if (ending == Ending::bad_commands || ending == Ending::failed || ending == Ending::connection_time)
    base::close_politely(0, 1);
  else
    ::shutdown(1, SHUT_WR);  // the client need not wait for what follows
  log.ended({session, mailbox, update, ending, opened,
             ending == Ending::quit || ending == Ending::update_failed || is_late});

  lock.reset();
  if (entered == Opened::good) {
    log.after(mailbox, update);
    update.store_index();
    if (update.has_changed()) maildir::clean_tmp(std::time(nullptr));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 2) return base::complain("pop3d", "usage: pop3d [maildir]", base::exit_usage);
  base::open_standard_fds();
  ::signal(SIGPIPE, SIG_IGN);  // a client that is gone is an error of write
  ::umask(077);
  if (::geteuid() == 0 || ::getuid() == 0)
    return refuse("[SYS/PERM] no mailbox for root", "pop3d was started as root", base::exit_temporary);
  const auto settings = pop3d::read_settings();
  pop3d::SessionLog log;
  switch (const auto entered = pop3d::enter_maildir(maildir_path(argc, argv), settings)) {
    case Opened::good:
    case Opened::missing: pop3d::confine(entered, settings); return serve(settings, entered, log);
    case Opened::unreadable: break;
  }
  return refuse("[SYS/PERM] cannot read the mailbox", "the Maildir is not ours, or not to be entered", 0);
} catch (const std::exception& e) {
  return refuse("[SYS/TEMP] cannot serve the mailbox now", e.what(), base::exit_temporary);
}
