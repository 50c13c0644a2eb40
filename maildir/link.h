// SPDX-License-Identifier: ISC
// What the links between checkpw and pop3d have in common (pop3-pipeline(7)). A link finds the
// Maildir as pop3d will, does its work there as the user, and executes the rest of the command line.
// None keeps a user from his mail: what fails is logged, and the rest is executed all the same.
#pragma once

#include <exception>
#include <string_view>

#include "base/fd.h"
#include "maildir/directory.h"

namespace maildir {

// The Maildir that the rest of the command line will serve, by pop3d's own rule: $MAILDIR if it is
// not empty, else pop3d's argument, else "Maildir". The argument is the last word, unless that is
// the name of pop3d itself, or there is no other. Views into the environment or into REST, which
// ends in a nullptr.
const char* maildir_of(char* const rest[]);

// As long as it lives, the Maildir is the current directory; then the home is it again.
class Visit {
 public:
  explicit Visit(const char* path);  // throws where the machine fails
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit();

  // Unreadable is also what belongs to another uid, as pop3d has it; then, and if it is missing,
  // the current directory is still the home. pop3d tells the client.
  Opened opened() const { return opened_; }
  int home() const { return home_.get(); }  // for openat(2)

 private:
  void go_home() noexcept;
  base::UniqueFd home_;
  Opened opened_ = Opened::good;
};

// One line "LINK: event=skipped user=... error=WHY", for work that was not done.
void log_skipped(std::string_view link, std::string_view why);

// How a link begins and ends, around its work.
class Link {
 public:
  Link(const char* name, char* const* rest);
  bool may_work() const;  // false for root, who has no mailbox, and logs it
  // Executes the rest. Where that fails, tells client and log, and gives the exit code.
  int execute_rest() const;

 private:
  using Handler = void (*)(int);
  const char* name_;
  char* const* rest_;
  Handler on_pipe_;
};

// Does WORK, unless we are root, and executes REST whatever comes of it; the exit code, if that
// fails.
template <typename Work>
int run_link(const char* name, char* const* rest, Work work) {
  const Link link(name, rest);
  try {
    if (link.may_work()) work();
  } catch (const std::exception& e) {
    log_skipped(name, e.what());
  }
  return link.execute_rest();
}

}  // namespace maildir
