// SPDX-License-Identifier: ISC
// CAPA (RFC 2449), for both states from one table, so that they cannot disagree.
#pragma once

#include "base/output.h"

namespace pop3d {

enum class State { authorization, transaction };

// Writes the whole answer to CAPA, with its "+OK" and closing "." line.
void write_capabilities(base::Output& out, State state);

}  // namespace pop3d
