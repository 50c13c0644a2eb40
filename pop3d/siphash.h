// SPDX-License-Identifier: ISC
// SipHash-2-4 (Aumasson and Bernstein, 2012): a hash under a key. Who does not know the key cannot
// choose inputs that collide.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pop3d {

struct SipKey {
  std::uint64_t first, second;
};

namespace siphash {

struct State {
  std::uint64_t a, b, c, d;

  constexpr void round() {
    a += b, b = std::rotl(b, 13), b ^= a, a = std::rotl(a, 32);
    c += d, d = std::rotl(d, 16), d ^= c;
    a += d, d = std::rotl(d, 21), d ^= a;
    c += b, b = std::rotl(b, 17), b ^= c, c = std::rotl(c, 32);
  }
  constexpr void take(std::uint64_t word) {
    d ^= word;
    round(), round();
    a ^= word;
  }
};

}  // namespace siphash

constexpr std::uint64_t sip_hash(SipKey key, std::span<const unsigned char> octets) {
  siphash::State state{key.first ^ 0x736f6d6570736575, key.second ^ 0x646f72616e646f6d,
                       key.first ^ 0x6c7967656e657261, key.second ^ 0x7465646279746573};
  std::uint64_t word = 0;
  std::size_t i = 0;
  for (; i < octets.size(); ++i) {
    word |= std::uint64_t{octets[i]} << i % 8 * 8;
    if (i % 8 != 7) continue;
    state.take(word);
    word = 0;
  }
  state.take(word | std::uint64_t{i} << 56);
  state.c ^= 0xff;
  for (int n = 0; n < 4; ++n) state.round();
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace pop3d
