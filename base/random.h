// SPDX-License-Identifier: ISC
// Unpredictable octets, from the kernel.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace base {

// Fills SIZE octets at TO. Throws; never gives less, never blocks once the machine is up.
void random_octets(void* to, std::size_t size);

// N random characters of a-z and 2-7: 5 bits each.
template <std::size_t N>
Text<N> random_name() {
  unsigned char octets[N];
  random_octets(octets, N);
  Text<N> name;
  for (const auto octet : octets) name << "abcdefghijklmnopqrstuvwxyz234567"[octet & 31];
  return name;
}

}  // namespace base
