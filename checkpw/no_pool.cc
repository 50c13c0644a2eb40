// SPDX-License-Identifier: ISC
// Botan locks a pool of pages into memory before main, which costs a short program ten times
// what its work does. A verifier lives for a millisecond and leaves no core: it needs no pool.
// This has to run before Botan's own constructors, hence the priority.
#include <cstdlib>

[[gnu::constructor(101)]] static void switch_off_botans_pool() {
  ::setenv("BOTAN_MLOCK_POOL_SIZE", "0", 1);
}
