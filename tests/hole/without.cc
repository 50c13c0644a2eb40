// SPDX-License-Identifier: ISC
// without - run a program under a kernel that seems to lack landlock or seccomp.
//
// usage   without landlock|seccomp program [arg ...]
// exits   as the program does; 111 if it could not be started
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string_view>

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: without landlock|seccomp program [arg ...]\n", stderr), 100;
  constexpr unsigned landlock_create_ruleset = 444;
  const unsigned call = std::string_view(argv[1]) == "landlock" ? landlock_create_ruleset : SYS_seccomp;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
      BPF_STMT(BPF_RET, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof code / sizeof *code, code};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
    ::execvp(argv[2], argv + 2);
  return std::perror("without"), 111;
}
