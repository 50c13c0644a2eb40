// SPDX-License-Identifier: ISC
#include "tls/relay.h"

#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/secret.h"

namespace tls {

void Relay::note_plain(std::uint32_t events) {
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) plain_has_end_ = true;
  if (events & (EPOLLHUP | EPOLLERR)) is_user_gone_ = true;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) plain_can_read_ = true;
  if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) plain_can_write_ = true;
}

Flow Relay::turn() {
  wire_.flush();
  if (!is_broken_) from_client();
  if (!is_broken_) from_user();
  if (!is_broken_ && has_user_ended_ && !is_client_told_) tell_client();
  wire_.flush();
  if (!is_broken_ && !wire_.is_broken()) pass_ends_on();
  if (is_broken_ || wire_.is_broken()) return Flow::over;
  if (is_client_shut_ && has_client_ended_ && (is_user_told_ || is_user_gone_)) return Flow::over;
  if (is_client_shut_ && is_user_gone_) return Flow::sent;
  return can_go_on() ? Flow::again : Flow::waiting;
}

bool Relay::can_go_on() const {
  if (client_has_more_ && !has_client_ended_ && for_user_.empty() && !wire_.is_stalled()) return true;
  return plain_can_read_ && !has_user_ended_ && !wire_.is_stalled();
}

void Relay::from_client() {
  to_user();
  // While the client does not read, what it sends waits: an answer to it, which TLS may want, could
  // not be sent either.
  if (!for_user_.empty() || wire_.is_stalled() || !client_has_more_ || has_client_ended_) return;
  std::size_t size = 0;
  const bool is_well = read_records(size);
  const auto sent = send_to_user(buffer_, size);
  for_user_.assign(buffer_ + sent, buffer_ + size);
  base::wipe(buffer_, size);
  if (!is_well) is_broken_ = true;
}

// Until there is no more, or a portion is full. What the client sent with its last message of the
// handshake is in OpenSSL's buffer, and no event will tell of it. False if SSL is of no use any more.
bool Relay::read_records(std::size_t& size) {
  ERR_clear_error();  // or SSL_get_error may see another connection's
  while (size < portion) {
    const int got = SSL_read(ssl_, buffer_ + size, static_cast<int>(portion - size));
    if (got > 0) {
      size += static_cast<std::size_t>(got);
      continue;
    }
    switch (SSL_get_error(ssl_, got)) {
      case SSL_ERROR_WANT_READ: client_has_more_ = false; return true;
      case SSL_ERROR_WANT_WRITE: return true;
      case SSL_ERROR_ZERO_RETURN: has_client_ended_ = true; return true;
      default: openssl_error(""); return false;
    }
  }
  return true;
}

void Relay::to_user() {
  if (for_user_.empty()) return;
  for_user_from_ += send_to_user(for_user_.data() + for_user_from_, for_user_.size() - for_user_from_);
  if (for_user_from_ != for_user_.size()) return;
  base::wipe(for_user_.data(), for_user_.size());
  std::vector<char>().swap(for_user_);
  for_user_from_ = 0;
}

// The octets that are done with. A user that does not read any more has them all; but where the machine
// fails, that is the end: what comes behind lost octets means something else than the client said.
std::size_t Relay::send_to_user(const char* data, std::size_t size) {
  std::size_t done = 0;
  while (done < size && plain_can_write_) {
    const auto put = ::send(plain_, data + done, size - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put >= 0)
      done += static_cast<std::size_t>(put);
    else if (errno == EAGAIN)
      plain_can_write_ = false;
    else if (errno != EINTR) {
      is_broken_ = is_broken_ || (errno != EPIPE && errno != ECONNRESET);
      return size;
    }
  }
  return done;
}

void Relay::from_user() {
  if (has_user_ended_ || !plain_can_read_ || wire_.is_stalled()) return;
  // Once the user has ended: its last words, and then the end, in one turn and one segment.
  std::size_t done = send_portion(portion);
  while (plain_has_end_ && !has_user_ended_ && !is_broken_ && done < portion / 2) done += send_portion(portion - done);
}

// Octets of the user that are encrypted now, at most MOST.
std::size_t Relay::send_portion(std::size_t most) {
  long got;
  do {
    got = ::recv(plain_, buffer_, most, MSG_DONTWAIT);
    // ECONNRESET is told once, when all has been read: the user closed with input unread.
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  if (got < 0 && errno == EAGAIN) {
    plain_can_read_ = plain_has_end_ = false;
    return 0;
  }
  if (got <= 0) {
    has_user_ended_ = true;
    is_broken_ = is_broken_ || got < 0;
    return 0;
  }
  const auto size = static_cast<std::size_t>(got);
  if (size < most && !plain_has_end_) plain_can_read_ = false;
  // Whole: the wire has room for a portion, as nothing is stalled.
  if (SSL_write(ssl_, buffer_, static_cast<int>(got)) != got) {
    openssl_error("");
    is_broken_ = true;
  }
  return size;
}

void Relay::tell_client() {
  SSL_shutdown(ssl_);  // close_notify; the client's own is not waited for
  openssl_error("");
  is_client_told_ = true;
}

void Relay::pass_ends_on() {
  if (has_client_ended_ && for_user_.empty() && !is_user_told_) {
    ::shutdown(plain_, SHUT_WR);
    is_user_told_ = true;
  }
  if (is_client_told_ && !wire_.is_stalled() && !is_client_shut_) {
    ::shutdown(client_, SHUT_WR);
    is_client_shut_ = true;
  }
}

}  // namespace tls
