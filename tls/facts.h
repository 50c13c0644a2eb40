// SPDX-License-Identifier: ISC
// What tlsd tells its user of a handshake.
#pragma once

#include <string_view>

#include "base/tls_service.h"
#include "tls/context.h"

namespace tls {

// Of a handshake that is done.
base::TlsReport describe(SSL* ssl, const Context& context);

// Of one that will not be. What is not printable in WHY becomes '?'.
base::TlsReport describe_failure(base::TlsOutcome outcome, std::string_view why);

}  // namespace tls
