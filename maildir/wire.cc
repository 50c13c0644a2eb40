// SPDX-License-Identifier: ISC
#include "maildir/wire.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace maildir {

namespace {

constexpr std::size_t vector = sizeof(__m128i);

__m128i load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }

// The LFs among the SIZE octets at AT, at least 1, that no CR precedes; AT[-1] may be read.
std::uint64_t count_bare_lfs(const char* at, std::size_t size) {
  const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  const char* const before = at - 1;
  std::uint64_t bare = 0;
  std::size_t i = 0;
  while (size - i >= vector) {
    // A lane's sum holds 255 of them.
    const std::size_t block = i + std::min<std::size_t>((size - i) / vector, 255) * vector;
    __m128i sums = _mm_setzero_si128();
    for (; i < block; i += vector)
      sums = _mm_sub_epi8(sums, _mm_andnot_si128(_mm_cmpeq_epi8(load(before + i), cr),
                                                 _mm_cmpeq_epi8(load(at + i), lf)));
    sums = _mm_sad_epu8(sums, _mm_setzero_si128());
    bare += static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums)) +
            static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
  }
  for (; i < size; ++i) bare += at[i] == '\n' && before[i] != '\r';
  return bare;
}

}  // namespace

void WireSize::add(std::string_view piece) {
  if (piece.empty()) return;
  octets_ += piece.size() + (piece[0] == '\n' && last_ != '\r');
  if (piece.size() > 1) octets_ += count_bare_lfs(piece.data() + 1, piece.size() - 1);
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
      const __m128i octets = load(from);
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
