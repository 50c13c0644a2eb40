// SPDX-License-Identifier: ISC
// The way from the master to a worker: a pair of stream sockets. The master alone talks; what it
// never reads, a worker cannot lie in.
#pragma once

#include <cstdint>
#include <string_view>

#include "tls/secret_bytes.h"

namespace tls {

enum class Kind : std::uint32_t { bundle = 1, ticket_keys = 2 };

// Sends one message. False if the worker is gone, or takes too long (the socket's SO_SNDTIMEO).
bool send_message(int channel, Kind kind, std::string_view payload) noexcept;

struct Message {
  Kind kind;
  SecretBytes payload;
};

enum class Received { message, nothing_yet, ended };

// Puts messages together from what has arrived.
class MessageReader {
 public:
  // The next message into MESSAGE. nothing_yet: not all of it is there, and WAIT is false. ended:
  // the master is gone, or has sent what no master sends.
  Received next(int channel, bool wait, Message& message);

 private:
  bool start_payload();

  struct Header {
    std::uint32_t kind, size;
  };
  Header header_{};
  std::size_t header_size_ = 0, payload_size_ = 0;
  SecretBytes payload_;
};

}  // namespace tls
