// SPDX-License-Identifier: ISC
// maildir-deliver - deliver the message on standard input into a Maildir.
//
// usage   maildir-deliver [maildir]      the default is Maildir
// reads   fd 0, one message, to its end
// leaves  it in new/, on disk, with its sizes in its name; prints nothing
// exits   0 delivered; 100 misused, or root; 111 not delivered, try again later
// runs as the user
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/failure.h"
#include "maildir/deliver.h"

int main(int argc, char** argv) try {
  constexpr char program[] = "maildir-deliver";
  if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
    return base::complain(program, "usage: maildir-deliver [maildir]", base::exit_usage);
  if (::geteuid() == 0)
    return base::complain(program, "root has no mailbox: run me as the user", base::exit_usage);
  ::umask(077);
  const char* path = argc == 2 ? argv[1] : "Maildir";
  if (::chdir(path) != 0) base::fail("enter", path);
  char host[256];
  if (::gethostname(host, sizeof host - 1) != 0) base::fail("read the host's name");
  host[sizeof host - 1] = '\0';
  maildir::deliver(0, host);
  return 0;
} catch (const std::exception& e) {
  return base::complain("maildir-deliver", e.what(), base::exit_temporary);
}
