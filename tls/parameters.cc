// SPDX-License-Identifier: ISC
#include "tls/parameters.h"

#include "base/failure.h"
#include "tls/ticket_keys.h"

namespace tls {

namespace {

// TLS 1.3's; AES-128 first, which is a quarter faster than AES-256 and as far from being broken.
constexpr char suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char groups[] = "X25519:P-256:P-384:P-521";

constexpr std::uint64_t options =
    SSL_OP_NO_COMPRESSION |          // CRIME
    SSL_OP_NO_RENEGOTIATION |        // CVE-2009-3555, and work for nothing
    SSL_OP_CIPHER_SERVER_PREFERENCE |
    SSL_OP_PRIORITIZE_CHACHA |       // for clients without AES in hardware, which put it first
    // A FIN without close_notify ends the input as close_notify does: POP3 ends by QUIT, and
    // RETR and QUIT sent ahead of it have to be answered.
    SSL_OP_IGNORE_UNEXPECTED_EOF |
    SSL_OP_CLEANSE_PLAINTEXT;        // passwords pass through

}  // namespace

ContextPtr make_parameters(const Settings& settings) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) throw base::Failure("set up TLS", openssl_error("failed"));
  SSL_CTX* const ssl = context.get();
  if (SSL_CTX_set_min_proto_version(ssl, settings.min_version) != 1 ||
      SSL_CTX_set_ciphersuites(ssl, suites) != 1 || SSL_CTX_set1_groups_list(ssl, groups) != 1)
    throw base::Failure("set up TLS", openssl_error("failed"));
  if (SSL_CTX_set_cipher_list(ssl, settings.ciphers.c_str()) != 1)
    throw base::Failure("TLS_CIPHERS", openssl_error("not known"));
  // Level 2 wants 112 bits: no RSA key below 2048, no SHA-1. TLS 1.1 and older sign by SHA-1.
  SSL_CTX_set_security_level(ssl, settings.min_version < TLS1_2_VERSION ? 0 : 2);
  SSL_CTX_set_options(ssl, options);
  SSL_CTX_set_dh_auto(ssl, 1);  // should TLS_CIPHERS ask for DHE
  // Memory of a connection with nothing to do: 8 KiB instead of 41.
  SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(ssl, 1);  // a record's head and body in one recv
  // A resumed session costs no signature. No cache: a ticket works at every worker. One is enough:
  // mail programs come back one connection at a time.
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(ssl, ticket_life_s);
  SSL_CTX_set_num_tickets(ssl, 1);
  // No 0-RTT: POP3 has nothing to say before the greeting, and it could be replayed.
  SSL_CTX_set_max_early_data(ssl, 0);
  SSL_CTX_set_recv_max_early_data(ssl, 0);
  return context;
}

}  // namespace tls
