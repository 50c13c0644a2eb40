// SPDX-License-Identifier: ISC
#include "tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/failure.h"
#include "base/random.h"
#include "tls/coding.h"

namespace tls {

namespace {

constexpr std::size_t key_count = 4;  // the next one, the one that seals, and two hours of old ones

TicketKey make_key() {
  TicketKey key;
  base::random_octets(&key, sizeof key);
  return key;
}

// Fetched once: by its name OpenSSL would look for it at each ticket.
const EVP_CIPHER* cipher() {
  static EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return aes;
}

bool set_mac(EVP_MAC_CTX* mac, const TicketKey& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(key.mac_key),
                                        sizeof key.mac_key),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

// OpenSSL's interface: SSL_CTX_set_tlsext_ticket_key_evp_cb(3). -1 fails the handshake, 0 goes on
// without a ticket, 2 asks for a new one.
int handle_ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher_context,
                  EVP_MAC_CTX* mac, int seal) {
  const auto keys = static_cast<const TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const TicketKey* key = seal ? &keys->sealing() : keys->find(name);
  if (!key) return 0;
  if (seal) {
    std::memcpy(name, key->name, sizeof key->name);
    if (RAND_bytes(iv, 16) != 1) return -1;
  }
  if (EVP_CipherInit_ex(cipher_context, cipher(), nullptr, key->cipher_key, iv, seal) != 1) return -1;
  if (!set_mac(mac, *key)) return -1;
  return seal || key == &keys->sealing() ? 1 : 2;
}

}  // namespace

TicketKeys TicketKeys::make() {
  TicketKeys keys;
  keys.keys_.reserve(key_count + 1);
  keys.keys_.push_back(make_key());
  keys.rotate();
  return keys;
}

void TicketKeys::rotate() {
  keys_.insert(keys_.begin(), make_key());
  if (keys_.size() > key_count) keys_.resize(key_count);
}

SecretBytes TicketKeys::encode() const {
  Writer to;
  to.number(keys_.size());
  for (const auto& key : keys_) to.octets({reinterpret_cast<const char*>(&key), sizeof key});
  return to.take();
}

std::optional<TicketKeys> TicketKeys::decode(std::string_view message) {
  Reader from(message);
  TicketKeys keys;
  for (auto left = from.number(key_count); left != 0; --left) {
    const auto octets = from.octets(sizeof(TicketKey));
    if (octets.size() != sizeof(TicketKey)) return {};
    std::memcpy(static_cast<void*>(&keys.keys_.emplace_back()), octets.data(), sizeof(TicketKey));
  }
  if (!from.is_at_end() || keys.keys_.size() < 2) return {};
  return keys;
}

const TicketKey* TicketKeys::find(const unsigned char* name) const {
  for (const auto& key : keys_)
    if (std::memcmp(key.name, name, sizeof key.name) == 0) return &key;
  return nullptr;
}

void use_ticket_keys(SSL_CTX* context, const TicketKeys* keys) {
  // OpenSSL only hands the pointer back, and so do we.
  SSL_CTX_set_app_data(context, const_cast<TicketKeys*>(keys));
  if (SSL_CTX_set_tlsext_ticket_key_evp_cb(context, handle_ticket) != 1 || !cipher())
    throw base::Failure("set up session tickets", openssl_error("failed"));
}

}  // namespace tls
