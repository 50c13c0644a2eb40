// SPDX-License-Identifier: ISC
#include "base/output.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace base {

Output& Output::operator<<(std::string_view text) {
  while (!text.empty()) {
    if (size_ == buffer_size) flush();
    const std::size_t fits = std::min(text.size(), buffer_size - size_);
    std::memcpy(buffer_ + size_, text.data(), fits);
    size_ += fits;
    text.remove_prefix(fits);
  }
  return *this;
}

void Output::flush() {
  if (tap_ && size_ != 0) tap_->sent({buffer_, size_});
  if (!failed_) send({buffer_, size_});
  size_ = 0;
}

// Never blocks in the kernel: fd may be shared with other processes, so it is not made
// non-blocking; each write is (a socket's by MSG_DONTWAIT, a pipe's by asking poll() first and
// writing no more than what then fits).
void Output::send(std::string_view data) {
  // A long answer is several writes. Nagle's algorithm would keep back the end of it until the
  // client acknowledges what came before, which it may put off for 40 ms.
  if (!has_no_delay_ && data.size() > buffer_size / 2) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    has_no_delay_ = true;
  }
  while (!data.empty()) {
    if (deadline_ms_ != 0 && now_ms() >= deadline_ms_) {
      failed_ = true;
      return;
    }
    long sent = -1;
    errno = EAGAIN;
    if (is_socket_) {
      sent = ::send(fd_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == ENOTSOCK) {
        is_socket_ = false;
        errno = EAGAIN;
      }
    }
    if (sent < 0 && errno == EAGAIN) {
      pollfd output{fd_, POLLOUT, 0};
      const int ready = ::poll(&output, 1, time_to_wait(timeout_ms_, deadline_ms_));
      if (ready == 0) errno = ETIMEDOUT;
      if (ready > 0) {
        if (is_socket_) continue;
        sent = ::write(fd_, data.data(), std::min<std::size_t>(data.size(), PIPE_BUF));
      }
    }
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      failed_ = true;
      return;
    }
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace base
