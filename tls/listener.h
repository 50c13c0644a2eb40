// SPDX-License-Identifier: ISC
// tlsd's socket in the file system.
#pragma once

#include <string>

#include "base/fd.h"

namespace tls {

// A listening socket under another name beside PATH, mode 0600. Throws.
base::UniqueFd make_listener(const std::string& path);

// Puts it in the place of PATH at once: whoever connects finds the old one or the new one. Throws.
void publish_listener(const std::string& path);

}  // namespace tls
