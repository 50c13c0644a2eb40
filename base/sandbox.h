// SPDX-License-Identifier: ISC
// Sandboxes: what the kernel forbids a program of ours, should a client ever take it over. Each is
// entered once, for good, when all that it forbids has been done.
//
//   pop3-login's child   seccomp: its descriptors and its memory; it is in an empty root already
//   tlsd's workers       seccomp: the same, and waiting for many
//   pop3d                landlock: files of its Maildir; seccomp: no program, no process, no
//                        socket, no change of modes, owners or times
//
// A system call that is not allowed kills the process (SIGSYS); the kernel's log names it. A file
// that is not allowed is EACCES.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace base {

enum class Sandbox : std::uint8_t {
  off,
  wanted,    // where the kernel lacks something of it: do without, and say so in the log
  required,  // where it does: throw
};

// POP3_SANDBOX: off, on or require; wanted if it is unset. Throws on anything else.
Sandbox read_sandbox();

// For pop3-login's child, and those of PROGRAMs like it, as its new uid and in its empty root:
// forbid_growth() (privilege.h), then seccomp. Afterwards it may use the descriptors that it has and those that its parent passes to
// it; open, make, start or signal nothing.
void confine_login_child(std::string_view program, Sandbox sandbox);

// For a worker of tlsd, as its new uid and in its empty root, with its listening socket, epoll
// and pipes open: no new privilege, no core file, no process; then seccomp. It may log.
void confine_tls_worker(Sandbox sandbox);

// A place that a mailbox may use, and all that is below it. A symbolic link is the place that it
// leads to. What does not exist, or cannot be reached, or is not of its kind, is left out.
struct Place {
  enum class Use : std::uint8_t {
    directory,   // files may be read, written, made, renamed and unlinked, directories made
    read_file,   // a regular file
    write_file,  // a regular file
  };
  const char* path;
  Use use = Use::directory;
};

// For pop3d: no new privilege, no core file, no process; then landlock to PLACES, then seccomp. If it HAS_RUNNER it may
// pass descriptors on (pop3d/runner.h).
void confine_to_mailbox(Sandbox sandbox, std::span<const Place> places, bool has_runner = false);

}  // namespace base
