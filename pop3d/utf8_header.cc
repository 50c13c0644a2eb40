// SPDX-License-Identifier: ISC
#include "pop3d/utf8_header.h"

#include <algorithm>
#include <cstdint>

#include "base/fd.h"
#include "maildir/wire.h"

namespace pop3d {

namespace {

// No header is longer; a sparse file may look like one of terabytes, and would take us hours.
constexpr std::uint64_t longest = 4 << 20;

}  // namespace

bool has_utf8_header(int fd) noexcept {
  char piece[4096];
  maildir::TopCut cut(0);  // the header is what TOP says it is
  for (std::uint64_t at = 0; at < longest && !cut.done();) {
    const auto got = base::read_at(fd, piece, sizeof piece, at);
    if (got <= 0) return false;
    at += static_cast<std::uint64_t>(got);
    const auto header = cut.keep({piece, static_cast<std::size_t>(got)});
    if (std::any_of(piece, piece + header, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) return true;
  }
  return false;
}

}  // namespace pop3d
