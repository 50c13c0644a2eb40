// SPDX-License-Identifier: ISC
#include "base/seccomp.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/failure.h"

namespace base {

bool has_seccomp() noexcept {
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return our_architecture != 0 && ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

void install_filter(const Filter& filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size),
                           const_cast<sock_filter*>(filter.code.data())};
  // Without the flag (Linux 4.17) kernels before 5.16 slow a filtered process down, lest it read
  // by speculation what is in its own memory: we run no code of others.
  long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
  if (result != 0 && errno == EINVAL)
    result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  if (result != 0) fail("install the seccomp filter");
}

}  // namespace base
