// SPDX-License-Identifier: ISC
// A worker: takes connections from tlsd's socket, and serves them all by turns.
#pragma once

#include "base/fd.h"
#include "tls/settings.h"
#include "tls/tally.h"

namespace tls {

struct WorkerTask {
  const Settings& settings;
  base::UniqueFd listener;  // tlsd's socket
  base::UniqueFd channel;   // what the master says (channel.h)
  Tally& tally;
  unsigned number;          // which of the tally's
  uid_t master;             // whose connections are taken, besides root's
};

// Gives up its privilege and serves until the master's end of the channel is closed; then accepts
// no more, and goes on until its last connection ends. Throws.
void work(WorkerTask task);

}  // namespace tls
