// SPDX-License-Identifier: ISC
// What all handshakes of a worker share: OpenSSL's context, and which certificate is for whom.
#pragma once

#include <ctime>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tls/bundle.h"
#include "tls/openssl.h"
#include "tls/settings.h"
#include "tls/ticket_keys.h"

namespace tls {

struct Served {
  X509Ptr own;
  ChainPtr chain;
  KeyPtr key;
  std::string ocsp;
  std::time_t ocsp_until = 0;        // when the response is out of date
  unsigned char end_point[64] = {};  // tls-server-end-point (RFC 5929 s.4.1)
  unsigned end_point_size = 0;       // 0: its signature knows no one hash
};

class Context {
 public:
  // KEYS must live as long as the context and whatever it made. Throws.
  Context(const Settings& settings, const Bundle& bundle, const TicketKeys* keys);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // A connection for the protocol ALPN (empty: whatever the client offers), which must live as
  // long. The context must live as long, too. Throws.
  SslPtr start(const char* alpn) const;

  // The certificate that the connection uses, or null.
  const Served* served_to(const SSL* ssl) const;

 private:
  // One certificate for each kind of key.
  using Choice = std::vector<const Served*>;

  void add(const Certificate& certificate);
  void ask_clients(const Bundle& bundle);
  const Choice* find(std::string_view host) const;
  static int choose(SSL* ssl, void* context);
  static int staple(SSL* ssl, void* context);

  ContextPtr ssl_;
  std::vector<std::unique_ptr<Served>> served_;
  std::unordered_map<std::string, Choice> hosts_;
  std::unordered_map<const X509*, const Served*> by_certificate_;
  Choice default_;
};

// Why the certificate with its key cannot be served under SETTINGS, which are always the same
// ones; empty if it can.
std::string why_unusable(const Certificate& certificate, const Settings& settings);

bool is_ocsp_response(std::string_view der);

}  // namespace tls
