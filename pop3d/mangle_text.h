// SPDX-License-Identifier: ISC
// Plain text as HTML, and what was meant to be between the two as plain text. UTF-8, lines end in LF.
#pragma once

#include <string>
#include <string_view>

namespace pop3d {

// IS_FLOWED: by RFC 3676 a blank at a line's end joins it to the next of the same depth of quoting.
std::string plain_to_html(std::string_view text, bool is_flowed);

// text/enriched (RFC 1896), and text/richtext (RFC 1341 s.7.1.3), which was before it, without their formatting.
std::string enriched_to_plain(std::string_view text);
std::string richtext_to_plain(std::string_view text);

// The text with what HTML has its own meaning for written as references.
std::string escape_html(std::string_view text);

}  // namespace pop3d
