// SPDX-License-Identifier: ISC
// HTML's character references: "&eacute;", "&#8364;", "&#x20AC;".
#pragma once

#include <string>
#include <string_view>

namespace pop3d {

// The text with its references as characters, in UTF-8. An "&" without one is itself; control characters and
// what is no character become blanks or "?".
std::string resolve_references(std::string_view text);

}  // namespace pop3d
