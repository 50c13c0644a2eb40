// SPDX-License-Identifier: ISC
// The client's socket as OpenSSL sees it: a BIO that gathers what is written, so that several
// records leave in one send, and that never waits.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "tls/openssl.h"

namespace tls {

// Plaintext is moved in portions of this size; one portion, encrypted, fits into Gathered.
constexpr std::size_t portion = 65536;

// What is written during one turn. All connections of a worker share it, one after the other.
struct Gathered {
  std::size_t size = 0;
  char data[portion + 8192];
};

class Wire {
 public:
  // CLIENT stays the caller's. It may be shared with processes that wait when they read, so its
  // flags are not touched.
  Wire(int client, Gathered& gathered) : client_(client), gathered_(gathered) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Makes SSL use this.
  void attach(SSL* ssl);

  // epoll's edges: it may be possible again.
  void set_readable(bool has_end) { can_read_ = true, has_end_ |= has_end; }
  void set_writable() { can_write_ = true; }
  bool can_read() const { return can_read_; }

  // Sends what is gathered, as far as the client takes it now; keeps the rest. To be called before
  // another connection's turn.
  void flush();
  // Something is waiting until the client takes more.
  bool is_stalled() const { return !kept_.empty(); }
  // The client has ended its side.
  bool is_at_end() const { return is_at_end_; }
  // The client is gone.
  bool is_broken() const { return is_broken_; }
  // Octets that the client took, modulo 2^32: it moves while there is progress.
  unsigned sent() const { return sent_; }

 private:
  static int bio_read(BIO* bio, char* to, int size);
  static int bio_write(BIO* bio, const char* from, int size);
  static long bio_control(BIO* bio, int command, long number, void* pointer);
  static const BIO_METHOD* method();

  int read(char* to, std::size_t size);
  bool write(std::string_view data);
  std::size_t send(std::string_view data);

  const int client_;
  Gathered& gathered_;
  std::vector<char> kept_;   // from kept_from_ on still to be sent, before what is gathered
  std::size_t kept_from_ = 0;
  unsigned sent_ = 0;
  bool can_read_ = true, can_write_ = true;
  bool has_end_ = false;     // its FIN has come: a short read need not be the last
  bool is_at_end_ = false;   // and has been read
  bool is_broken_ = false;
};

}  // namespace tls
