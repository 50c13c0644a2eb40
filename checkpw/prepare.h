// SPDX-License-Identifier: ISC
// Names and passwords beyond ASCII: the same word typed on two machines must be the same octets
// (SASLprep, RFC 4013: NFKC of Unicode 3.2, what is invisible dropped, what is no text refused).
// Of ASCII nothing changes, and the library is not called.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace checkpw {

bool is_ascii(std::string_view text);

using base::is_utf8_text;

// TEXT as it is stored and compared; ASCII as it is. Nothing if it is not UTF-8 or holds what
// RFC 4013 s.2.3 to 2.5 prohibits: among others control characters beyond ASCII, and code points
// that Unicode 3.2 had not assigned, since nobody can tell how they will be normalised.
std::optional<std::string> prepare(std::string_view text);

}  // namespace checkpw
