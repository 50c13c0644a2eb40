// SPDX-License-Identifier: ISC
#include "tls/settings.h"

#include <openssl/ssl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "base/env.h"
#include "base/failure.h"
#include "conf_home.h"

namespace tls {

namespace {

// RFC 9325 s.4.2: forward secrecy and authenticated encryption; the quick ones first, since all
// are strong enough. OpenSSL knows the first two of each line by whether AES is in hardware.
constexpr char modern_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// For clients that know no TLS 1.2 (features.md has who).
constexpr char old_ciphers[] =
    ":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
    "AES128-SHA:AES256-SHA";

int read_min_version() {
  const auto name = base::get_env("TLS_MIN_VERSION");
  if (name.empty() || name == "TLSv1.2") return TLS1_2_VERSION;
  if (name == "TLSv1.3") return TLS1_3_VERSION;
  if (name == "TLSv1.1") return TLS1_1_VERSION;
  if (name == "TLSv1") return TLS1_VERSION;
  throw base::Failure("TLS_MIN_VERSION", "not one of TLSv1.3, TLSv1.2, TLSv1.1, TLSv1");
}

// The cores that we may run on, which may be fewer than there are.
unsigned count_cores() {
  cpu_set_t cores;
  return ::sched_getaffinity(0, sizeof cores, &cores) == 0 ? static_cast<unsigned>(CPU_COUNT(&cores)) : 1;
}

unsigned read_number(const char* name, unsigned otherwise, unsigned most) {
  return static_cast<unsigned>(base::env_number(name, otherwise, 1, most));
}

void read_environment(Settings& settings) {
  constexpr std::uint64_t largest_id = 0xfffffffe;
  if (::geteuid() == 0) {
    settings.uid = static_cast<uid_t>(base::env_number("UID", 0, 0, largest_id));
    settings.gid = static_cast<gid_t>(base::env_number("GID", 0, 0, largest_id));
    if (settings.uid == 0 || settings.gid == 0)
      throw base::Failure("UID and GID", "must name an account of its own for what reads the "
                                         "network, as envuidgid(8) sets them");
  }
  settings.root = base::has_env("ROOT") ? std::string(base::get_env("ROOT")) : CONF_HOME "/empty";
  settings.sandbox = base::read_sandbox();
  settings.workers = read_number("TLS_WORKERS", std::min(count_cores(), 64u), 64);
  settings.connections = read_number("TLS_CONNECTIONS", 4000, 100000);
  settings.pending = read_number("TLS_PENDING", 1000, 100000);
  settings.handshake_timeout_ms = static_cast<int>(read_number("TLS_HANDSHAKE_TIMEOUT", 15, 120)) * 1000;
  settings.min_version = read_min_version();
  settings.ciphers = base::get_env("TLS_CIPHERS");
  if (settings.ciphers.empty()) {
    settings.ciphers = modern_ciphers;
    if (settings.min_version < TLS1_2_VERSION) settings.ciphers += old_ciphers;
  }
}

}  // namespace

bool read_settings(int argc, char** argv, Settings& settings) {
  for (int option; (option = ::getopt(argc, argv, "+c:k:C:")) != -1;) {
    if (option == 'c')
      settings.sources.push_back({optarg, {}});
    else if (option == 'k' && !settings.sources.empty() && settings.sources.back().key.empty())
      settings.sources.back().key = optarg;
    else if (option == 'C' && settings.authorities.empty())
      settings.authorities = optarg;
    else
      return false;
  }
  if (optind != argc - 1) return false;
  settings.socket = argv[optind];
  if (settings.sources.empty()) settings.sources.push_back({CONF_HOME "/etc/tls", {}});
  read_environment(settings);
  return true;
}

}  // namespace tls
