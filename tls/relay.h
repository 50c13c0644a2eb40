// SPDX-License-Identifier: ISC
// After the handshake: plaintext to and from the user, records to and from the client.
//
// Neither direction reads what the other end does not take: an end that is slow fills its own
// socket, and then the other end's. A turn moves one portion each way, so that a fast reader
// delays nobody.
#pragma once

#include <cstdint>
#include <vector>

#include "tls/wire.h"

namespace tls {

enum class Flow {
  waiting,    // for events
  again,      // a portion has been moved, and there is more
  sent,       // all is sent to the client, and it has been told the end; the user is gone
  over,       // both ends are done with, or one is broken
};

class Relay {
 public:
  // PLAIN and CLIENT stay the caller's; SSL has finished its handshake over WIRE. BUFFER, a portion,
  // is used during a turn only.
  Relay(int plain, int client, SSL* ssl, Wire& wire, char* buffer)
      : plain_(plain), client_(client), ssl_(ssl), wire_(wire), buffer_(buffer) {}

  // What epoll says of PLAIN; of the client's socket that there is something to read.
  void note_plain(std::uint32_t events);
  void note_client_readable() { client_has_more_ = true; }

  Flow turn();

  // The user is gone, and what it wrote waits for a client that does not read.
  bool is_draining() const { return is_user_gone_ && wire_.is_stalled(); }

 private:
  void from_client();
  bool read_records(std::size_t& size);
  void to_user();
  std::size_t send_to_user(const char* data, std::size_t size);
  void from_user();
  std::size_t send_portion(std::size_t most);
  void tell_client();
  void pass_ends_on();
  bool can_go_on() const;

  const int plain_, client_;
  SSL* const ssl_;
  Wire& wire_;
  char* const buffer_;

  std::vector<char> for_user_;  // from for_user_from_ on still to be sent
  std::size_t for_user_from_ = 0;
  bool client_has_more_ = true;
  bool plain_can_read_ = true, plain_can_write_ = true;
  bool plain_has_end_ = false;   // a short read need not be the last
  bool has_client_ended_ = false, is_user_told_ = false;
  bool has_user_ended_ = false, is_client_told_ = false, is_client_shut_ = false;
  bool is_user_gone_ = false;    // it neither writes nor reads
  bool is_broken_ = false;       // no more calls of SSL
};

}  // namespace tls
