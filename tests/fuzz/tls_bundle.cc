// SPDX-License-Identifier: ISC
// What a worker of tlsd takes from its master: certificates, ticket keys, and the messages that they come in.
// covers tls/bundle.cc tls/ticket_keys.cc tls/channel.cc tls/coding.h
#include "tls/bundle.h"

#include <sys/socket.h>

#include <cstring>
#include <string>

#include "base/failure.h"
#include "base/fd.h"
#include "tests/fuzz/require.h"
#include "tls/channel.h"
#include "tls/ticket_keys.h"

namespace {

// The messages in STREAM, which comes in pieces of SIZE octets; and if it breaks off as no master's does.
std::string read_messages(std::string_view stream, std::size_t size) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) base::fail("socketpair");
  base::UniqueFd master(ends[0]);
  const base::UniqueFd worker(ends[1]);
  tls::MessageReader reader;
  std::string text;
  for (;;) {
    tls::Message message;
    switch (reader.next(worker.get(), false, message)) {
      case tls::Received::ended: return text + "end";
      case tls::Received::message: (text += std::to_string(static_cast<int>(message.kind))).append(tls::view(message.payload)) += '.'; continue;
      case tls::Received::nothing_yet: break;
    }
    if (stream.empty()) {
      master.reset();
      continue;
    }
    base::write_all(master.get(), stream.substr(0, size), "socket");
    stream.remove_prefix(std::min(size, stream.size()));
  }
}

// 256 MiB are a master's right, but would be taken anew for each input.
bool wants_much_memory(std::string_view stream) {
  while (stream.size() >= 8) {
    std::uint32_t size;
    std::memcpy(&size, stream.data() + 4, sizeof size);
    if (size > 1 << 20) return true;
    stream.remove_prefix(std::min<std::size_t>(8 + size, stream.size()));
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = as_text(data, size);
  if (const auto bundle = tls::decode_bundle(message)) require(tls::view(tls::encode(*bundle)) == message);
  if (const auto keys = tls::TicketKeys::decode(message)) {
    require(tls::view(keys->encode()) == message);
    require(keys->find(keys->sealing().name) != nullptr);
  }
  if (!wants_much_memory(message)) require(read_messages(message, 5000) == read_messages(message, 3));
  return 0;
}
