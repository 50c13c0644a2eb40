// SPDX-License-Identifier: ISC
// tlsd - TLS as a service: takes clients' sockets, gives back their plaintext.
//
// usage   tlsd [-c DIR|CERT [-k KEY]]... [-C AUTHORITIES] SOCKET
// reads   certificates and keys, the master; clients, its workers
// leaves  SOCKET, mode 0600; on each connection to it a TlsReport and plaintext (base/tls_service.h)
// exits   0 ended by SIGTERM or SIGINT; 100 misused; 111 the machine failed, or nothing to serve
// runs as root, the master; as $UID and $GID in the empty root $ROOT, the workers
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/failure.h"
#include "base/fd.h"
#include "base/privilege.h"
#include "tls/master.h"

int main(int argc, char** argv) try {
  base::open_standard_fds();
  base::hide_memory();
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(077);
  // openssl.cnf(5) is not read: what is said to tlsd is all that counts.
  if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1) throw base::Failure("OpenSSL", "does not start");
  tls::Settings settings;
  if (!tls::read_settings(argc, argv, settings))
    return base::complain("tlsd", "usage: tlsd [-c DIR|CERT [-k KEY]]... [-C AUTHORITIES] SOCKET", base::exit_usage);
  if (settings.uid == 0) base::complain("warning: tlsd", "not started as root: workers keep our uid, no chroot", 0);
  tls::rule(settings);
  return 0;
} catch (const std::exception& e) {
  return base::complain("tlsd", e.what(), base::exit_temporary);
}
