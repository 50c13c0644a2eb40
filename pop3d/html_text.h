// SPDX-License-Identifier: ISC
// HTML of mail as plain text, for clients that cannot show it: what a reader would read, the links' addresses kept.
// GMime has no such conversion, and the HTML parsers of Debian build a tree of what a stranger has sent; this one
// looks at each octet once, and takes whatever comes.
#pragma once

#include <string>
#include <string_view>

namespace pop3d {

// UTF-8 to UTF-8; takes time and gives octets in proportion to what it gets.
std::string html_to_text(std::string_view html);

}  // namespace pop3d
