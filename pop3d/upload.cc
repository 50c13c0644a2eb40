// SPDX-License-Identifier: ISC
#include <cstring>

#include "base/fd.h"
#include "pop3d/xtnd.h"

namespace pop3d {

void Upload::flush() {
  if (size_ != 0 && !is_too_large() && !has_failed_) has_failed_ = !base::try_write_all(fd_, {buffer_, size_});
  size_ = 0;
}

void Upload::put(std::string_view text) {
  octets_ += text.size();
  if (text.size() > sizeof buffer_ - size_) flush();
  if (text.size() > sizeof buffer_) {
    if (!is_too_large() && !has_failed_) has_failed_ = !base::try_write_all(fd_, text);
    return;
  }
  std::memcpy(buffer_ + size_, text.data(), text.size());
  size_ += text.size();
}

// A piece may end anywhere within a line, even before its LF: HAS_CR_ is a CR that is kept back.
void Upload::add(std::string_view piece) {
  if (piece.empty() || is_complete_) return;
  if (is_line_start_ && piece[0] == '.') {
    is_dot_ = true;
    piece.remove_prefix(1);
  }
  is_line_start_ = false;
  if (piece.empty()) return;
  if (has_cr_ && piece != "\n") {
    put("\r");
    is_dot_ = false;
  }
  const bool had_cr = has_cr_ && piece == "\n";
  has_cr_ = false;
  if (piece.ends_with("\r\n") || had_cr) {
    piece.remove_suffix(had_cr ? 1 : 2);
    is_complete_ = is_dot_ && piece.empty();
    if (is_complete_) return;
    put(piece);
    put("\n");
    is_line_start_ = true;
    is_dot_ = false;
    return;
  }
  if (piece.back() == '\r') {
    has_cr_ = true;
    piece.remove_suffix(1);
  }
  if (!piece.empty()) is_dot_ = false;
  put(piece);
}

bool Upload::finish() {
  flush();
  return !has_failed_ && !is_too_large();
}

}  // namespace pop3d
