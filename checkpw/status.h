// SPDX-License-Identifier: ISC
// The octet that tells pop3-login what became of the login (pop3d/verifier.h): an exit code
// alone might be the back end's.
#pragma once

namespace checkpw {

// Takes POP3_STATUS_FD out of the environment. Without it - another popup - all is silence.
class Status {
 public:
  Status();
  // The back end is about to be executed.
  void passed() noexcept { say('+'); }
  // The exit code that follows is about the login.
  void failed() noexcept { say('-'); }

 private:
  void say(char octet) noexcept;
  int fd_ = -1;
};

}  // namespace checkpw
