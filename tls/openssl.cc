// SPDX-License-Identifier: ISC
#include "tls/openssl.h"

#include <openssl/err.h>

namespace tls {

namespace {

template <typename T, typename Parse>
T* parse(std::string_view der, Parse d2i) {
  auto at = reinterpret_cast<const unsigned char*>(der.data());
  return d2i(nullptr, &at, static_cast<long>(der.size()));
}

}  // namespace

std::string openssl_error(const char* otherwise) {
  // The first is the cause; what stands behind it tells the way it took.
  const auto error = ERR_get_error();
  ERR_clear_error();
  const char* reason = error ? ERR_reason_error_string(error) : nullptr;
  return reason ? reason : otherwise;
}

X509Ptr to_x509(std::string_view der) { return X509Ptr(parse<X509>(der, d2i_X509)); }
CrlPtr to_crl(std::string_view der) { return CrlPtr(parse<X509_CRL>(der, d2i_X509_CRL)); }
KeyPtr to_key(std::string_view der) { return KeyPtr(parse<EVP_PKEY>(der, d2i_AutoPrivateKey)); }

}  // namespace tls
