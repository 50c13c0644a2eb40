// SPDX-License-Identifier: ISC
// expire - remove messages older than so many days from the user's Maildir, and go on.
//
// usage   expire [-a] [-t] days program [arg ...]     days: 1 to 36500, or never
//         -a  unread messages too      -t  into .Trash
// reads   POP3_EXPIRE, which wins over days; new/ and cur/
// leaves  fd 0 and 1, the client, untouched; POP3_EXPIRE set, which pop3d announces
// exits   100 misused; 111 program cannot be executed; else as program does
// runs as the user, between checkpw and pop3d; what fails is logged, and program executed
#include <unistd.h>

#include <optional>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "maildir/link.h"
#include "maildir/lock.h"
#include "maildir/retention.h"

namespace {

constexpr char program[] = "expire";
constexpr std::uint64_t never = 0, most_days = 36500;

std::optional<std::uint64_t> parse_days(std::string_view text, std::uint64_t least) {
  if (text == "never") return never;
  const auto days = base::parse_number<std::uint64_t>(text);
  return days && *days >= least && *days <= most_days ? days : std::nullopt;
}

void log_expired(const maildir::Expired& expired, const maildir::Retention& retention) {
  base::LogLine line(program, "expired");
  line.field("user", base::get_env("USER"))
      .field("removed", expired.removed)
      .field("octets", expired.octets)
      .field("days", retention.days)
      .field("to", retention.to_trash ? "trash" : "nowhere");
  if (expired.failed != 0) line.field("failed", expired.failed);
  if (expired.is_cut) line.field("left", "some");
  line.write();
}

// Not while a session is under way: what it has counted should stay. pop3d will refuse this one.
void expire(const maildir::Retention& retention, char* const rest[]) {
  const maildir::Visit visit(maildir::maildir_of(rest));
  if (visit.opened() != maildir::Opened::good) return;
  const auto now = std::time(nullptr);
  if (maildir::has_expired_lately(retention, now)) return;
  base::UniqueFd lock;
  if (maildir::try_lock(lock) == maildir::Locked::in_use) return;
  const auto expired = maildir::expire(retention, now);
  if (expired.removed + expired.failed != 0) log_expired(expired, retention);
  if (expired.failed == 0 && !expired.is_cut) maildir::note_expired(retention);
}

// The record's or the service's word before the command line's. 0 is POP3_AUTO_DELETE's, at QUIT.
std::uint64_t days_for_user(std::uint64_t days, const char* argument) {
  const auto given = base::get_env("POP3_EXPIRE");
  if (given.empty()) {
    base::set_env("POP3_EXPIRE", days == never ? "never" : argument);
    return days;
  }
  const auto parsed = parse_days(given, 0);
  if (!parsed) throw base::Failure("POP3_EXPIRE", "not a number from 0 to 36500, or never");
  return *parsed;
}

}  // namespace

int main(int argc, char** argv) {
  maildir::Retention retention{};
  bool is_good = true;
  for (int option; (option = ::getopt(argc, argv, "+at")) != -1;) switch (option) {
      case 'a': retention.unread_too = true; break;
      case 't': retention.to_trash = true; break;
      default: is_good = false;
    }
  const auto days = argc - ::optind < 2 ? std::nullopt : parse_days(argv[::optind], 1);
  if (!is_good || !days)
    return base::complain(program, "usage: expire [-a] [-t] days program [arg ...]", base::exit_usage);
  char** const rest = argv + ::optind + 1;
  return maildir::run_link(program, rest, [&] {
    retention.days = days_for_user(*days, argv[::optind]);
    if (retention.days != never) expire(retention, rest);
  });
}
