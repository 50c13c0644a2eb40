// SPDX-License-Identifier: ISC
// bulletins - put the administrator's bulletins into the user's Maildir, and go on.
//
// usage   bulletins [-h host] directory program [arg ...]
// reads   directory/NUMBER.*, MAILDIR/.popbull or where POP3_POPBULL_DIR says
// leaves  fd 0 and 1, the client, untouched; new bulletins in new/
// exits   100 misused; 111 program cannot be executed; else as program does
// runs as the user, between checkpw and pop3d; what fails is logged, and program executed
#include <unistd.h>

#include <cstdlib>

#include "base/failure.h"
#include "maildir/bulletin_round.h"
#include "maildir/link.h"
#include "maildir/lock.h"

namespace {

constexpr char program[] = "bulletins";

struct Call {
  std::string_view host;
  const char* directory;
  char** rest;
};

void deliver(const Call& call) {
  const maildir::Visit visit(maildir::maildir_of(call.rest));
  if (visit.opened() != maildir::Opened::good) return;
  // With another session under way pop3d will refuse this one.
  base::UniqueFd lock;
  const auto locked = maildir::try_lock(lock);
  if (locked == maildir::Locked::in_use) return;
  const auto settings = maildir::read_bulletin_settings(call.host);
  const maildir::BulletinList list(call.directory);
  const maildir::BulletinState state(visit.home());
  maildir::BulletinDelivery delivery(state, call.host, locked == maildir::Locked::yes);
  maildir::BulletinRound(list, state, delivery, settings).run();
}

}  // namespace

int main(int argc, char** argv) {
  char host_name[256] = "";
  Call call{};
  for (int option; (option = ::getopt(argc, argv, "+h:")) != -1;) {
    if (option != 'h') argc = 0;
    call.host = ::optarg ? ::optarg : "";
  }
  if (argc - ::optind < 2)
    return base::complain(program, "usage: bulletins [-h host] directory program [arg ...]", base::exit_usage);
  if (call.host.empty() && ::gethostname(host_name, sizeof host_name - 1) == 0) call.host = host_name;
  call.directory = argv[::optind];
  call.rest = argv + ::optind + 1;
  return maildir::run_link(program, call.rest, [&] { deliver(call); });
}
