// SPDX-License-Identifier: ISC
// What tells pop3-login what becomes of the login (pop3d/verifier.h): an exit code alone might be
// the back end's. Each is one message of one write.
#pragma once

#include <string_view>

namespace checkpw {

// Takes POP3_STATUS_FD out of the environment. Without it - another popup - all is silence.
class Status {
 public:
  Status();
  // The back end is about to be executed. The last word.
  void passed() noexcept { say_last('+'); }
  // The exit code that follows is about the login. The last word.
  void failed() noexcept { say_last('-'); }
  // "=TEXT", for the client: SCRAM's messages. Throws if nobody can hear it.
  void tell(std::string_view text);
  // After tell: true if pop3-login says, by one octet, that the client has taken it and the back end
  // may begin; false if it has gone. Throws if it cannot be heard.
  bool may_go();
  // Nothing more is said.
  void end() noexcept;

  bool is_there() const { return fd_ >= 0; }

 private:
  void say_last(char octet) noexcept;
  int fd_ = -1;
};

}  // namespace checkpw
