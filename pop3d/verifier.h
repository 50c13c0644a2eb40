// SPDX-License-Identifier: ISC
// Running a checkpassword-compatible verifier, which executes the back end in its place.
//
// What the verifier gets: fd 3, "login\0password-or-response\0timestamp\0" to its end, as
// https://cr.yp.to/checkpwd/interface.html has it; fd 0 and 1, the client; POP3_AUTH=user|apop,
// which fd 3 does not tell; POP3_STATUS_FD, the number of a descriptor on which a verifier that
// knows it (checkpw) writes one octet: '+' just before it executes the back end, '-' when it will
// not. Without that octet an exit code may be the verifier's or the back end's, and nobody
// can know if the client has been talked to.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/fd.h"
#include "pop3d/login_messages.h"

namespace pop3d {

class Verifier {
 public:
  // Starts ARGV. Throws where the machine fails. A verifier that cannot be executed is logged
  // and has ended with 111.
  Verifier(char* const argv[], const Credentials& credentials, std::string_view timestamp);

  // Waits until the login has passed, or the verifier has ended without. It keeps its own time:
  // checkpw gives up by itself, and of any other we cannot know if it is a session by now.
  struct Verdict {
    Outcome outcome;
    bool speaks_status;  // it wrote its octet: what it says is about the login
    bool served;         // it ended well without the octet: the session is over
  };
  Verdict wait();

  // After passed: waits for the back end's end, and logs a death by signal.
  void wait_for_back_end();

 private:
  void log_death(std::string_view program, int status) const;

  const char* name_;
  pid_t pid_ = -1;
  base::UniqueFd status_;
};

}  // namespace pop3d
