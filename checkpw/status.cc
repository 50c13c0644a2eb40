// SPDX-License-Identifier: ISC
#include "checkpw/status.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/text.h"

namespace checkpw {

Status::Status() {
  const auto fd = base::parse_number<unsigned short>(base::get_env("POP3_STATUS_FD"));
  base::unset_env("POP3_STATUS_FD");
  if (fd && *fd > 2 && ::fcntl(*fd, F_SETFD, FD_CLOEXEC) == 0) fd_ = *fd;
}

void Status::tell(std::string_view text) {
  const auto message = std::string("=").append(text);
  base::write_all(fd_, message, "POP3_STATUS_FD");
}

bool Status::may_go() {
  char octets[2];  // more than one were another message than the one that we wait for
  const long got = base::read_some(fd_, octets, sizeof octets);
  if (got < 0) base::fail("read", "POP3_STATUS_FD");
  return got == 1;
}

void Status::end() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Status::say_last(char octet) noexcept {
  if (fd_ >= 0) (void)base::try_write_all(fd_, {&octet, 1});
  end();
}

}  // namespace checkpw
