// SPDX-License-Identifier: ISC
#include "maildir/wire.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace maildir {

void WireSize::add(std::string_view piece) {
  if (piece.empty()) return;
  // LFs that no CR precedes. Written for the compiler to vectorise: no branch, and octets
  // are counted in blocks small enough for 8-bit sums.
  std::uint64_t bare = piece[0] == '\n' && last_ != '\r';
  const char* const at = piece.data();
  for (std::size_t i = 1; i < piece.size();) {
    const std::size_t block = std::min(piece.size(), i + 255);
    unsigned char sum = 0;
    for (; i < block; ++i)
      sum = static_cast<unsigned char>(sum + ((at[i] == '\n') & (at[i - 1] != '\r')));
    bare += sum;
  }
  octets_ += piece.size() + bare;
  last_ = piece.back();
}

void WireSender::add(std::string_view piece) {
  // Output's buffer takes twice the block and a vector more; the rest of it is what lets
  // several blocks gather into one large write.
  constexpr std::size_t block = 8192;
  while (!piece.empty()) {
    const std::size_t size = std::min(block, piece.size());
    convert(piece.data(), size);
    piece.remove_prefix(size);
  }
}

// Copies SIZE octets vector by vector; where one holds an LF, only what stands before it
// counts, and the line end is written by itself. Each octet gives two at the most: an LF its
// CR, a dot at a line's beginning a second dot.
void WireSender::convert(const char* from, std::size_t size) {
  constexpr std::size_t vector = sizeof(__m128i);
  const char* const end = from + size;
  char* const start = out_.reserve(2 * size + vector);
  char* to = start;
  std::size_t dots = 0;
  char last = last_;
  const __m128i lf = _mm_set1_epi8('\n');

  while (from != end) {
    if (last == '\n' && *from == '.') {
      *to++ = '.';
      ++dots;
    }
    // The rest of a line, up to its LF or the end of the block.
    const char* const line = from;
    for (;;) {
      const auto left = static_cast<std::size_t>(end - from);
      if (left < vector) {
        while (from != end && *from != '\n') *to++ = *from++;
        break;
      }
      const __m128i octets = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), octets);
      const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(octets, lf)));
      const std::size_t before = found ? static_cast<std::size_t>(std::countr_zero(found)) : vector;
      from += before;
      to += before;
      if (found) break;
    }
    if (from != line) last = from[-1];
    if (from == end) break;
    if (last != '\r') *to++ = '\r';
    *to++ = *from++;
    last = '\n';
  }
  const auto sent = static_cast<std::size_t>(to - start);
  out_.advance(sent);
  octets_ += sent - dots;
  last_ = last;
}

void WireSender::finish() {
  if (last_ == '\n') return;
  out_ << "\r\n";
  octets_ += 2;
  last_ = '\n';
}

std::size_t TopCut::keep(std::string_view piece) {
  std::size_t kept = 0;
  while (kept < piece.size() && !done()) {
    const auto rest = piece.substr(kept);
    const auto lf = rest.find('\n');
    const auto length = lf == rest.npos ? rest.size() : lf;
    if (length != 0)
      line_ = line_ == Line::nothing && length == 1 && rest[0] == '\r' ? Line::one_cr : Line::something;
    if (lf == rest.npos) return piece.size();
    kept += lf + 1;
    if (!in_header_)
      --lines_left_;
    else if (line_ != Line::something)
      in_header_ = false;
    line_ = Line::nothing;
  }
  return kept;
}

}  // namespace maildir
