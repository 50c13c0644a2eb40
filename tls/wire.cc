// SPDX-License-Identifier: ISC
#include "tls/wire.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/failure.h"

namespace tls {

namespace {

// What may be kept beyond a turn: a portion, and OpenSSL's answers to what a client sends that
// does not read itself.
constexpr std::size_t max_kept = sizeof(Gathered::data) + 8192;

}  // namespace

const BIO_METHOD* Wire::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "client");
    if (!fresh || !BIO_meth_set_read(fresh, bio_read) || !BIO_meth_set_write(fresh, bio_write) ||
        !BIO_meth_set_ctrl(fresh, bio_control))
      throw base::Failure("set up TLS", openssl_error("failed"));
    return fresh;
  }();
  return made;
}

void Wire::attach(SSL* ssl) {
  BIO* bio = BIO_new(method());
  if (!bio) throw base::Failure("set up TLS", openssl_error("failed"));
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
}

int Wire::bio_read(BIO* bio, char* to, int size) {
  const auto self = static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const int got = self->read(to, static_cast<std::size_t>(size));
  if (got < 0 && !self->is_broken_) BIO_set_retry_read(bio);
  return got;
}

int Wire::bio_write(BIO* bio, const char* from, int size) {
  const auto self = static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (self->write({from, static_cast<std::size_t>(size)})) return size;
  if (!self->is_broken_) BIO_set_retry_write(bio);
  return -1;
}

// OpenSSL flushes after each flight; we at the end of a turn. It asks for the end of the file to
// tell a FIN from a failure.
long Wire::bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<Wire*>(BIO_get_data(bio))->is_at_end_;
  return 0;
}

int Wire::read(char* to, std::size_t size) {
  if (!can_read_ || is_broken_) return -1;
  long got;
  do {
    got = ::recv(client_, to, size, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != EAGAIN) is_broken_ = true;
  if (got == 0) is_at_end_ = true;
  // An edge comes when more does; only the end would not make another one.
  if (got < 0 || (static_cast<std::size_t>(got) < size && !has_end_)) can_read_ = false;
  return static_cast<int>(got);
}

bool Wire::write(std::string_view data) {
  if (gathered_.size + data.size() > sizeof gathered_.data) flush();
  if (is_broken_) return false;
  if (kept_.empty() && gathered_.size + data.size() <= sizeof gathered_.data) {
    std::memcpy(gathered_.data + gathered_.size, data.data(), data.size());
    gathered_.size += data.size();
    return true;
  }
  if (kept_.size() + gathered_.size + data.size() > max_kept) return false;
  flush();
  kept_.insert(kept_.end(), data.begin(), data.end());
  return true;
}

// Octets of DATA that the client takes now.
std::size_t Wire::send(std::string_view data) {
  std::size_t done = 0;
  while (done < data.size() && can_write_ && !is_broken_) {
    const auto put = ::send(client_, data.data() + done, data.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put >= 0)
      done += static_cast<std::size_t>(put);
    else if (errno == EAGAIN)
      can_write_ = false;
    else if (errno != EINTR)
      is_broken_ = true;
  }
  sent_ += static_cast<unsigned>(done);
  return done;
}

void Wire::flush() {
  if (!kept_.empty()) {
    kept_from_ += send({kept_.data() + kept_from_, kept_.size() - kept_from_});
    if (kept_from_ == kept_.size()) {
      std::vector<char>().swap(kept_);
      kept_from_ = 0;
    }
  }
  const std::size_t sent = kept_.empty() ? send({gathered_.data, gathered_.size}) : 0;
  if (!is_broken_) kept_.insert(kept_.end(), gathered_.data + sent, gathered_.data + gathered_.size);
  gathered_.size = 0;
}

}  // namespace tls
