// SPDX-License-Identifier: ISC
// RFC 6856 s.2.1: is a message one that only clients in UTF-8 mode should get?
#pragma once

namespace pop3d {

// True if the header of the message in FD holds an octet beyond ASCII: a body may, by MIME (8bit), in any
// mode. What cannot be read counts as ASCII, and so does what is behind 4 MiB of header. FD's offset stays.
bool has_utf8_header(int fd) noexcept;

}  // namespace pop3d
