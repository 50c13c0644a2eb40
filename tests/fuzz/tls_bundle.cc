// SPDX-License-Identifier: ISC
// What a worker of tlsd takes from its master: certificates, ticket keys.
#include "tls/bundle.h"

#include "tests/fuzz/require.h"
#include "tls/ticket_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = as_text(data, size);
  if (const auto bundle = tls::decode_bundle(message)) require(tls::view(tls::encode(*bundle)) == message);
  if (const auto keys = tls::TicketKeys::decode(message)) {
    require(tls::view(keys->encode()) == message);
    require(keys->find(keys->sealing().name) != nullptr);
  }
  return 0;
}
