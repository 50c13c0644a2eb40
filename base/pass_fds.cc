// SPDX-License-Identifier: ISC
#include "base/pass_fds.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/failure.h"

namespace base {

namespace {
constexpr std::size_t most_fds = 2;
}

bool send_with_fds(int socket, const void* data, std::size_t size, std::span<const int> fds,
                   int flags) noexcept {
  if (fds.size() > most_fds) bug("send_with_fds: too many");
  iovec part{const_cast<void*>(data), size};
  alignas(cmsghdr) char control[CMSG_SPACE(most_fds * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = static_cast<socklen_t>(CMSG_SPACE(fds.size_bytes()));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = static_cast<socklen_t>(CMSG_LEN(fds.size_bytes()));
    std::memcpy(CMSG_DATA(header), fds.data(), fds.size_bytes());
  }
  long sent;
  do {
    sent = ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<long>(size);
}

bool receive_with_fds(int socket, void* data, std::size_t size, UniqueFd& first,
                      UniqueFd& second) noexcept {
  iovec part{data, size};
  alignas(cmsghdr) char control[CMSG_SPACE(most_fds * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  long got;
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return false;

  int fds[most_fds];
  std::size_t count = 0;
  if (const cmsghdr* header = CMSG_FIRSTHDR(&message);
      header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    if (count > most_fds) bug("receive_with_fds: more than there is room for");
    std::memcpy(fds, CMSG_DATA(header), count * sizeof(int));
  }
  UniqueFd one(count > 0 ? fds[0] : -1), two(count > 1 ? fds[1] : -1);
  if (got != static_cast<long>(size) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || count == 1)
    return false;
  if (count == 2) {
    first = std::move(one);
    second = std::move(two);
  }
  return true;
}

}  // namespace base
