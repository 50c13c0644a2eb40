// SPDX-License-Identifier: ISC
// OpenSSL's objects with owners.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace tls {

template <auto Free>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
inline void free_chain(STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); }

using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using ChainPtr = std::unique_ptr<STACK_OF(X509), FreeWith<free_chain>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;

// Why OpenSSL's last call failed, in its own words ("no shared cipher"), or OTHERWISE. Forgets it.
std::string openssl_error(const char* otherwise);

// From DER; nothing if it is none.
X509Ptr to_x509(std::string_view der);
CrlPtr to_crl(std::string_view der);
KeyPtr to_key(std::string_view der);

}  // namespace tls
