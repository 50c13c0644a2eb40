// SPDX-License-Identifier: ISC
#include "tls/rehearsal.h"

#include "base/failure.h"

namespace tls {

namespace {

// One flight of each, as long as either has something to say.
bool shake_hands(SSL* server, SSL* client) {
  for (int flight = 0; flight < 10; ++flight) {
    const int client_done = SSL_do_handshake(client), server_done = SSL_do_handshake(server);
    if (client_done == 1 && server_done == 1) return true;
  }
  return false;
}

void rehearse_version(const Context& context, int version) {
  const ContextPtr clients(SSL_CTX_new(TLS_client_method()));
  const auto server = context.start("");
  const SslPtr client(clients ? SSL_new(clients.get()) : nullptr);
  BIO *to_server = nullptr, *to_client = nullptr;
  if (!client || BIO_new_bio_pair(&to_server, 0, &to_client, 0) != 1) throw base::Failure("rehearse", "no memory");
  SSL_set_bio(server.get(), to_client, to_client);
  SSL_set_bio(client.get(), to_server, to_server);
  SSL_set_connect_state(client.get());
  SSL_set_max_proto_version(client.get(), version);
  char octet = 'x';
  if (shake_hands(server.get(), client.get()) && SSL_write(client.get(), &octet, 1) == 1 &&
      SSL_read(server.get(), &octet, 1) == 1)
    return;
  throw base::Failure("rehearse a handshake", openssl_error("failed"));
}

}  // namespace

void rehearse(const Context& context) {
  rehearse_version(context, TLS1_3_VERSION);
  if (SSL_CTX_get_min_proto_version(SSL_get_SSL_CTX(context.start("").get())) <= TLS1_2_VERSION)
    rehearse_version(context, TLS1_2_VERSION);
}

}  // namespace tls
