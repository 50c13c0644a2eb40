// SPDX-License-Identifier: ISC
// CAPA (RFC 2449), the same in both states.
#pragma once

#include "base/output.h"

namespace pop3d {

// Writes the whole answer to CAPA, with its "+OK" and closing "." line. IS_SHY leaves the
// version out (Qpopper's "shy"): a stranger need not know which one to attack.
void write_capabilities(base::Output& out, bool is_shy);

}  // namespace pop3d
