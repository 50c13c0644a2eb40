// SPDX-License-Identifier: ISC
#pragma once

#include "tls/settings.h"
#include "tls/context.h"

namespace tls {

// A handshake of the process with itself, in memory: whatever OpenSSL sets up when it is first
// used, it sets up now, while system calls are not restricted yet. Throws if it fails.
void rehearse(const Context& context);

}  // namespace tls
