// SPDX-License-Identifier: ISC
// CAPA (RFC 2449), for both states from one table, so that they cannot disagree.
#pragma once

#include "base/output.h"

namespace pop3d {

enum class State { authorization, transaction };

// Writes the whole answer to CAPA, with its "+OK" and closing "." line. IS_SHY leaves the
// version out (Qpopper's "shy"): a stranger need not know which one to attack.
void write_capabilities(base::Output& out, State state, bool is_shy);

}  // namespace pop3d
