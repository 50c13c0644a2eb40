// SPDX-License-Identifier: ISC
// The keys under which session tickets are sealed (RFC 5077 s.4). The master makes them and
// gives all workers the same ones, so that any of them resumes what another began.
//
// A key is made an hour before it is used, so that no worker sees a ticket whose key it has not
// heard of; it seals for an hour; it opens for two more, as long as a ticket lives. Then it is
// gone, and with it the way into what TLS 1.2 tickets had sealed.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "tls/openssl.h"
#include "tls/secret_bytes.h"

namespace tls {

constexpr int ticket_key_hours = 1;
constexpr long ticket_life_s = 7200;

struct TicketKey {
  unsigned char name[16], cipher_key[32], mac_key[32];
  ~TicketKey() { base::wipe(this, sizeof *this); }
};

// The newest first: [0] is the next one, [1] seals, all open.
class TicketKeys {
 public:
  static TicketKeys make();  // throws
  // The next key begins to seal; the oldest is forgotten. Throws.
  void rotate();

  SecretBytes encode() const;
  static std::optional<TicketKeys> decode(std::string_view message);

  const TicketKey& sealing() const { return keys_[1]; }
  // The key of that name (16 octets), or null.
  const TicketKey* find(const unsigned char* name) const;

 private:
  std::vector<TicketKey, WipingAllocator<TicketKey>> keys_;
};

// Makes CONTEXT seal and open its tickets with *KEYS, which it looks at each time.
void use_ticket_keys(SSL_CTX* context, const TicketKeys* keys);

}  // namespace tls
