// SPDX-License-Identifier: ISC
#include "tls/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "tls/facts.h"

namespace tls {

namespace {

// A client that does not end its side after our end.
constexpr std::int64_t linger_ms = 5000;
// A client that reads nothing of what a user left behind that is gone.
constexpr std::int64_t drain_ms = 60000;
// More than that unsent in the kernel is memory for nothing: a client that does not read held
// 4 MiB of it.
constexpr int unsent = 131072;

void set_option(int fd, int option, int value) noexcept {
  ::setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value);  // another kind of socket needs none
}

}  // namespace

Connection::Connection(Host& host, base::UniqueFd user)
    : host_(host),
      started_ms_(host.now_ms),
      deadline_ms_(host.now_ms + host.settings.handshake_timeout_ms),
      user_(std::move(user)) {
  if (!watch(user_.get(), false)) is_user_gone_ = true;
}

Connection::~Connection() {
  if (is_pending()) --host_.counts.pending;
  if (is_counted_) --host_.counts.connections;
  // The user may hold the client's socket too: closing ours alone would leave it in epoll.
  if (wire_) ::epoll_ctl(host_.epoll, EPOLL_CTL_DEL, question_.client.get(), nullptr);
}

Connection::Tag Connection::to_tag(std::uint64_t data) {
  return {reinterpret_cast<Connection*>(data & ~std::uint64_t{1}), (data & 1) != 0};
}

bool Connection::watch(int fd, bool is_client) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = reinterpret_cast<std::uint64_t>(this) | (is_client ? 1 : 0);
  return ::epoll_ctl(host_.epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void Connection::note_user(std::uint32_t events) {
  if (relay_) return relay_->note_plain(events);
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) is_user_gone_ = true;
}

void Connection::note_client(std::uint32_t events) {
  if (!wire_) return;
  const bool has_end = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (has_end || (events & EPOLLIN)) {
    wire_->set_readable(has_end);
    has_heard_ = true;
    if (relay_) relay_->note_client_readable();
  }
  if (has_end || (events & EPOLLOUT)) wire_->set_writable();
}

Connection::After Connection::turn() {
  switch (stage_) {
    case Stage::asking: return ask();
    case Stage::handshake: return shake_hands();
    case Stage::relay: return relay();
    case Stage::lingering: break;
  }
  return linger();
}

Connection::After Connection::ask() {
  switch (receive_request(user_.get(), question_)) {
    case Asked::nothing_yet: return is_user_gone_ ? After::closed : After::waiting;
    case Asked::wrongly: return After::closed;
    case Asked::client_gone: return give_up("client is gone");
    case Asked::yes: break;
  }
  const char* why = host_.why_not();
  if (!why) return begin();
  send_report(describe_failure(base::TlsOutcome::refused, why));
  return After::closed;
}

Connection::After Connection::begin() {
  stage_ = Stage::handshake;
  is_counted_ = true;
  ++host_.counts.connections;
  ++host_.counts.pending;
  const int client = question_.client.get();
  set_option(client, TCP_NODELAY, 1);
  set_option(client, TCP_NOTSENT_LOWAT, unsent);
  const std::size_t size = std::strlen(question_.request.preface);
  if (size != 0 && ::send(client, question_.request.preface, size, MSG_DONTWAIT | MSG_NOSIGNAL) !=
                       static_cast<long>(size))
    return give_up("client is gone");
  wire_.emplace(client, host_.gathered);
  if (!watch(client, true)) return give_up("cannot watch the client's socket");
  return After::waiting;
}

// OpenSSL's 25 KiB for a handshake are for clients that have said something.
Connection::After Connection::shake_hands() {
  if (is_user_gone_) return After::closed;
  if (!has_heard_) return After::waiting;
  if (!ssl_) {
    context_ = host_.context;
    ssl_ = context_->start(question_.request.alpn);
    wire_->attach(ssl_.get());
  }
  wire_->flush();
  ERR_clear_error();  // or SSL_get_error may see another connection's
  const int done = SSL_do_handshake(ssl_.get());
  const int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
  wire_->flush();
  if (wire_->is_broken()) return give_up("client is gone");
  if (done == 1) return secure();
  if (error == SSL_ERROR_WANT_READ) return After::waiting;
  if (error == SSL_ERROR_WANT_WRITE) return wire_->is_stalled() ? After::waiting : After::again;
  if (wire_->is_at_end()) return give_up("client closed the connection");
  return give_up(openssl_error("handshake failed").c_str());
}

Connection::After Connection::secure() {
  if (!send_report(describe(ssl_.get(), *context_))) return After::closed;
  openssl_error("");
  --host_.counts.pending;
  stage_ = Stage::relay;
  deadline_ms_ = 0;
  relay_.emplace(user_.get(), question_.client.get(), ssl_.get(), *wire_, host_.buffer);
  return relay();
}

Connection::After Connection::relay() {
  switch (relay_->turn()) {
    case Flow::waiting: break;
    case Flow::again: return After::again;
    case Flow::over: return After::closed;
    case Flow::sent:
      stage_ = Stage::lingering;
      deadline_ms_ = host_.now_ms + linger_ms;
      ssl_.reset();
      return linger();
  }
  if (!relay_->is_draining())
    deadline_ms_ = 0;
  else if (deadline_ms_ == 0 || progress_ != wire_->sent())
    deadline_ms_ = host_.now_ms + drain_ms;
  progress_ = wire_->sent();
  return After::waiting;
}

// Input that nobody reads would make the kernel reset the connection, and the client lose what it
// has not read yet.
Connection::After Connection::linger() {
  for (int portions = 0; portions < 4; ++portions) {
    const auto got = ::recv(question_.client.get(), host_.buffer, sizeof host_.buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return After::waiting;
    if (got <= 0 && !(got < 0 && errno == EINTR)) return After::closed;
  }
  return After::again;
}

Connection::After Connection::time_out() {
  if (stage_ != Stage::handshake) return After::closed;
  return give_up(ssl_ ? "handshake took too long" : "client said nothing");
}

Connection::After Connection::give_up(const char* why) {
  send_report(describe_failure(base::TlsOutcome::failed, why));
  // The alert is sent, if one was due; the user closes the socket itself.
  if (question_.client) ::shutdown(question_.client.get(), SHUT_WR);
  return After::closed;
}

bool Connection::send_report(const base::TlsReport& report) {
  return ::send(user_.get(), &report, sizeof report, MSG_DONTWAIT | MSG_NOSIGNAL) ==
         static_cast<long>(sizeof report);
}

}  // namespace tls
