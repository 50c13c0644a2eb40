// SPDX-License-Identifier: ISC
// What tlsd's command line and environment say (tlsd(8)).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/sandbox.h"

namespace tls {

// -c: a certificate or a directory of them; -k: the key that belongs to it, empty if not given.
struct Source {
  std::string path, key;
};

struct Settings {
  std::vector<Source> sources;
  std::string authorities;  // -C; empty: clients are not asked for certificates
  std::string socket;

  uid_t uid = 0;            // the workers'; 0: tlsd was not started as root, and nothing changes
  gid_t gid = 0;
  std::string root;         // the workers' root directory
  base::Sandbox sandbox = base::Sandbox::wanted;
  unsigned workers = 1;
  unsigned connections = 0; // of all workers together
  unsigned pending = 0;     // handshakes, of all workers together
  int handshake_timeout_ms = 0;
  int min_version = 0;      // TLS1_2_VERSION
  std::string ciphers;      // TLS 1.2 and older
};

// False if the command line is wrong. Throws if the environment is.
bool read_settings(int argc, char** argv, Settings& settings);

}  // namespace tls
