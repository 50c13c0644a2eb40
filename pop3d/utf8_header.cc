// SPDX-License-Identifier: ISC
#include "pop3d/utf8_header.h"

#include <unistd.h>

#include <cerrno>

namespace pop3d {

bool has_utf8_header(int fd) noexcept {
  char piece[4096];
  bool is_at_line_start = true;
  for (off_t at = 0;;) {
    const auto got = ::pread(fd, piece, sizeof piece, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    for (long i = 0; i < got; ++i) {
      if (static_cast<unsigned char>(piece[i]) >= 0x80) return true;
      if (piece[i] == '\r') continue;
      if (piece[i] == '\n' && is_at_line_start) return false;  // the empty line
      is_at_line_start = piece[i] == '\n';
    }
  }
}

}  // namespace pop3d
