// SPDX-License-Identifier: ISC
// Certificates out of their files.
#pragma once

#include <string>

#include "tls/bundle.h"
#include "tls/settings.h"
#include "tls/sources.h"

namespace tls {

// Loads what the entry names, and proves that it can be served. Throws base::Failure, "FILE: why".
Certificate load_certificate(const Entry& entry, const Settings& settings);

// Loads what SETTINGS name. An entry that is broken is served as BEFORE has it, or not at all if
// BEFORE has none; the log says so. The same for the authorities. Throws if nothing is left to serve.
Bundle load_bundle(const Settings& settings, const Bundle& before);

}  // namespace tls
