// SPDX-License-Identifier: ISC
// What the tracer must know of the machine: where a stopped process keeps the number, the arguments
// and the result of its system call. Other machines than this one have no tracer.
#pragma once

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>

namespace survival {

#if defined(__x86_64__)

constexpr bool is_known_machine = true;

// At the entry: another call instead, and its third argument, the size of what is read or written.
inline void change_call(pid_t pid, long number) {
  user_regs_struct registers;
  ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  registers.orig_rax = static_cast<unsigned long long>(number);
  ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
}
inline void change_size(pid_t pid, int argument, unsigned long long size) {
  user_regs_struct registers;
  ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  (argument == 1 ? registers.rsi : registers.rdx) = size;
  ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
}
// At the exit.
inline void change_result(pid_t pid, long result) {
  user_regs_struct registers;
  ::ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
  registers.rax = static_cast<unsigned long long>(result);
  ::ptrace(PTRACE_SETREGS, pid, nullptr, &registers);
}

#else

constexpr bool is_known_machine = false;
inline void change_call(pid_t, long) {}
inline void change_size(pid_t, int, unsigned long long) {}
inline void change_result(pid_t, long) {}

#endif

}  // namespace survival
