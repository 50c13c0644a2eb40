// SPDX-License-Identifier: ISC
// The runner: a process beside pop3d that starts programs for it, since pop3d itself is in a sandbox in
// which it cannot. The link filters(8) makes it, before pop3d is executed, as the same user.
//
//   pop3d   --RunnerRequest, and two descriptors-->   runner   --fork, exec-->   program
//           <--RunnerAnswer, when the program has ended--
//
// over a SOCK_SEQPACKET pair, one request at a time. What may be started stands on no message: it is
// what the administrator has set. The runner ends when pop3d does, and with it what it has started.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "pop3d/mangle_wish.h"

namespace pop3d {

struct RunnerRequest {
  enum Kind : std::uint8_t {
    mangle,  // POP3_MANGLE's program: from the message, on the first descriptor, to the end of the second
    send,    // POP3_MAIL_COMMAND's: the message on the first; the second is not used
  } kind;
  MangleWish wish;  // mangle
};

struct RunnerAnswer {
  enum Outcome : std::uint8_t {
    done,         // the program has ended with 0
    failed,       // otherwise, or not in time
    not_started,  // there is no such program, or none is set
  } outcome;
};

// The longest that a program may take, in milliseconds.
constexpr int longest_mangle_ms = 30000, longest_send_ms = 60000;
// What a mangled message may have; RLIMIT_FSIZE.
constexpr std::uint64_t most_mangled_octets = 64u << 20;

// The program that mangles where POP3_MANGLE is unset, for a session with POP3_NO_MIME.
constexpr const char* default_mangle = "pop3-mangle";

// pop3d's end of it. Owns the descriptor.
class Runner {
 public:
  Runner() = default;
  explicit Runner(int socket) : socket_(socket) {}  // -1: there is none

  bool is_there() const { return static_cast<bool>(socket_); }
  int get() const { return socket_.get(); }

  // Waits for the answer, but not past the moment DEADLINE_MS (base/clock.h; 0: none). A runner that does not
  // answer is not asked again: that is logged, and is failed as any program's failure is.
  RunnerAnswer::Outcome ask(const RunnerRequest& request, int first, int second, std::int64_t deadline_ms);

 private:
  base::UniqueFd socket_;
};

// POP3_RUNNER_FD's socket, closed on exec; none if it is unset. Throws if it is not one.
base::UniqueFd inherited_runner();

// The runner itself: serves SOCKET until its other end is closed.
void run_requests(int socket);

}  // namespace pop3d
