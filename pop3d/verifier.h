// SPDX-License-Identifier: ISC
// Running a checkpassword-compatible verifier, which executes the back end in its place.
//
// What the verifier gets: fd 3, a record of texts each ended by a NUL, to its end, of which
// https://cr.yp.to/checkpwd/interface.html has the first three, "login\0password-or-response\0
// timestamp\0"; fd 0 and 1, the client; POP3_AUTH, the method, which fd 3 does not tell;
// POP3_STATUS_FD, the number of one end of a SOCK_SEQPACKET pair on which a verifier that knows it
// (checkpw) says in one message each: "+" just before it executes the back end, "-" when it will
// not, "=TEXT" what the client is to be told (SCRAM). Without any of them an exit code may be
// the verifier's or the back end's, and nobody can know if the client has been talked to.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string_view>

#include "base/fd.h"
#include "base/secret.h"
#include "pop3d/login_messages.h"

namespace pop3d {

// Descriptor 3's octets, built in place and wiped.
class LoginRecord {
 public:
  // TEXT holds no NUL. More than fits is a bug: all texts are of bounded length.
  LoginRecord& operator<<(std::string_view text);
  std::string_view view() const { return {octets_.data, size_}; }

  static constexpr std::size_t max_size = 2048;  // SCRAM's; all others fit checkpassword's 512

 private:
  base::Secret<max_size> octets_;
  std::size_t size_ = 0;
};

class Verifier {
 public:
  Verifier() = default;
  // Starts ARGV. Throws where the machine fails. A verifier that cannot be executed is logged
  // and has ended with 111.
  Verifier(char* const argv[], Method method, const LoginRecord& record);

  struct Verdict {
    Outcome outcome;
    bool speaks_status;  // it wrote its message: what it says is about the login
    bool served;         // it ended well without: the session is over
  };
  // Waits until the login has passed, or the verifier has something for the client (TEXT, NUL-ended,
  // of the size of LoginAnswer's). Nothing if it has not: then wait_for_exit(). It keeps its own
  // time: checkpw gives up by itself, and of any other we cannot know if it is a session by now.
  std::optional<Verdict> hear(std::span<char> text);
  Verdict wait_for_exit();

  // True if hear() will not have to for longer than MS.
  bool is_prompt(int ms) const noexcept;

  // After a challenge: SCRAM's first step is over, and the verifier with it.
  void finish_step();
  // After SCRAM's last challenge: the client has it, the back end may begin. Then hear() again.
  bool let_go();
  // After SCRAM's last challenge: the client does not go on.
  void abandon();

  // After passed: waits for the back end's end, and logs a death by signal.
  void wait_for_back_end();

  bool is_running() const { return pid_ > 0; }

 private:
  void log_death(std::string_view program, int status) const;

  const char* name_ = "";
  pid_t pid_ = -1;
  bool speaks_ = false;  // it has said something on its status descriptor
  base::UniqueFd status_;
};

}  // namespace pop3d
