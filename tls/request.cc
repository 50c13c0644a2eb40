// SPDX-License-Identifier: ISC
#include "tls/request.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace tls {

namespace {

// Room for more descriptors than one, so that those sent in excess are seen and closed.
constexpr std::size_t max_descriptors = 8;

struct Descriptors {
  std::array<base::UniqueFd, max_descriptors> fds;
  std::size_t count = 0;
};

Descriptors take_descriptors(msghdr& message) noexcept {
  Descriptors taken;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const auto count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
      base::UniqueFd owned(fd);
      if (taken.count < max_descriptors) taken.fds[taken.count++] = std::move(owned);
    }
  }
  return taken;
}

bool is_stream_socket(int fd) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

bool is_connected(int fd) noexcept {
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

bool is_listening(int fd) noexcept {
  int listens = 0;
  socklen_t size = sizeof listens;
  return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens != 0;
}

bool is_text(std::span<const char> field) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  return end != field.end() && std::all_of(end, field.end(), [](char c) { return c == '\0'; });
}

}  // namespace

bool check_request(const base::TlsRequest& request) noexcept {
  return request.version == base::tls_interface && is_text(request.alpn) && is_text(request.preface);
}

Asked receive_request(int user, Question& question) noexcept {
  iovec part{&question.request, sizeof question.request};
  alignas(cmsghdr) char control[CMSG_SPACE(max_descriptors * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  long got;
  do {
    got = ::recvmsg(user, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return Asked::nothing_yet;
  if (got < 0) return Asked::wrongly;
  auto taken = take_descriptors(message);
  if (got != static_cast<long>(sizeof question.request) || (message.msg_flags & MSG_CTRUNC) != 0 || taken.count != 1)
    return Asked::wrongly;
  question.client = std::move(taken.fds[0]);
  const int client = question.client.get();
  if (!check_request(question.request) || !is_stream_socket(client) || is_listening(client)) return Asked::wrongly;
  return is_connected(client) ? Asked::yes : Asked::client_gone;
}

}  // namespace tls
