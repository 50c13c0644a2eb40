// SPDX-License-Identifier: ISC
// The master: root, if tlsd was started so. It reads certificates and keys, makes ticket keys,
// keeps workers running, and never has a client's socket.
#pragma once

#include "tls/settings.h"

namespace tls {

// Serves until SIGTERM or SIGINT. Throws if it cannot begin.
void rule(const Settings& settings);

}  // namespace tls
