// SPDX-License-Identifier: ISC
// Starting other programs: beside us, or in our place.
#pragma once

#include <sys/types.h>

#include <span>

namespace base {

// A descriptor the new program shall have, and under which number.
struct Handed {
  int from, to;
};

// Starts ARGV[0], looked up in PATH, with our environment, fd 0-2 and HANDED. Gives its pid, or
// -1 and errno if it could not be started.
pid_t try_spawn(char* const argv[], std::span<const Handed> handed) noexcept;

// Waits for PID to end; its wait status.
int wait_for(pid_t pid);

// The path at which execvp would find PROGRAM; nothing and errno if it is not to be executed.
// At most 4095 octets.
const char* find_program(const char* program);

}  // namespace base
