// SPDX-License-Identifier: ISC
#include "checkpw/status.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/env.h"
#include "base/fd.h"
#include "base/text.h"

namespace checkpw {

Status::Status() {
  const auto fd = base::parse_number<unsigned short>(base::get_env("POP3_STATUS_FD"));
  base::unset_env("POP3_STATUS_FD");
  if (fd && *fd > 2 && ::fcntl(*fd, F_SETFD, FD_CLOEXEC) == 0) fd_ = *fd;
}

void Status::say(char octet) noexcept {
  if (fd_ < 0) return;
  (void)base::try_write_all(fd_, {&octet, 1});
  ::close(fd_);
  fd_ = -1;
}

}  // namespace checkpw
