// SPDX-License-Identifier: ISC
#include "pop3d/login_channel.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/pass_fds.h"
#include "base/secret.h"

namespace pop3d {

bool LoginChannel::ask(void* request, std::size_t size, LoginAnswer& answer) {
  const bool is_sent = ::send(fd_, request, size, MSG_NOSIGNAL) == static_cast<long>(size);
  base::wipe(request, size);
  return is_sent && base::receive_with_fds(fd_, &answer, sizeof answer, input, output);
}

}  // namespace pop3d
