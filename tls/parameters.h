// SPDX-License-Identifier: ISC
// What tlsd wants of TLS, whatever the certificate: versions, ciphers, and what it does without.
#pragma once

#include "tls/openssl.h"
#include "tls/settings.h"

namespace tls {

// Throws if OpenSSL does not know what SETTINGS ask for.
ContextPtr make_parameters(const Settings& settings);

}  // namespace tls
