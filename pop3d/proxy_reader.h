// SPDX-License-Identifier: ISC
// Has a PROXY header on descriptor 0 read by a child that may do nothing else: so that a parent that
// is root parses nothing that came over the network.
#pragma once

#include <cstdint>
#include <string_view>

#include "pop3d/proxy_header.h"

namespace pop3d {

// Waits WAIT_MS for a header of PROXY, an address for the log. False if there was none that counts:
// then the log has the reason, unless the proxy went without a word. Throws if the machine failed.
// As root it needs UID and GID in the environment, and ROOT or the usual empty directory.
bool read_proxy_header(std::string_view proxy, std::int64_t wait_ms, ProxyReport& report);

}  // namespace pop3d
