// SPDX-License-Identifier: ISC
// tls-accept - a connection with TLS from its first octet, for any program.
//
// usage   tls-accept [-a ALPN] SOCKET PROGRAM [ARG...]
// reads   tlsd's report at SOCKET; never the client
// leaves  the plaintext on fd 0 and 1, to PROGRAM; TLS_PROTOCOL and the others in the environment
// exits   0 no handshake: PROGRAM was not run; 100 misused; 111 no tlsd, or the machine failed;
//         else as PROGRAM does
// runs as root or tlsd's own uid: tlsd serves nobody else
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/tls_service.h"

namespace {

constexpr char program[] = "tls-accept";
// tlsd keeps the deadline of handshakes, at most 120 seconds; this is for a tlsd that hangs.
constexpr std::int64_t patience_ms = 125000;

// No descriptor if there is no plaintext; then EXIT_CODE says how to end.
base::UniqueFd ask_for_plaintext(const char* socket, const base::TlsRequest& request, int& exit_code) {
  exit_code = base::exit_temporary;
  auto connection = base::try_connect_tls(socket);
  if (!connection || !base::hand_over(connection.get(), 0, request)) base::fail("no tlsd at", socket);
  base::TlsReport report;
  if (!base::wait_for_report(connection.get(), report, base::now_ms() + patience_ms))
    throw base::Failure(socket, "tlsd ended the connection");
  if (report.outcome == base::TlsOutcome::secure) {
    base::set_tls_env(report);
    return connection;
  }
  const bool is_refused = report.outcome == base::TlsOutcome::refused;
  base::LogLine(program, is_refused ? "tls-refused" : "tls-failed")
      .field("ip", base::client_address())
      .field("error", report.error)
      .write();
  if (!is_refused) exit_code = 0;
  return {};
}

int usage() {
  return base::complain(program, "usage: tls-accept [-a ALPN] SOCKET PROGRAM [ARG...]", base::exit_usage);
}

}  // namespace

int main(int argc, char** argv) try {
  base::open_standard_fds();
  base::unset_tls_env();
  base::TlsRequest request{};
  request.version = base::tls_interface;
  for (int option; (option = ::getopt(argc, argv, "+a:")) != -1;) {
    if (option != 'a' || std::strlen(optarg) >= sizeof request.alpn) return usage();
    std::memcpy(request.alpn, optarg, std::strlen(optarg));
  }
  if (argc - optind < 2) return usage();
  int exit_code;
  const auto plaintext = ask_for_plaintext(argv[optind], request, exit_code);
  if (!plaintext) return exit_code;
  if (::dup2(plaintext.get(), 0) != 0 || ::dup2(plaintext.get(), 1) != 1) base::fail("dup2");
  ::execvp(argv[optind + 1], argv + optind + 1);
  base::fail("execute", argv[optind + 1]);
} catch (const std::exception& e) {
  base::LogLine(program, "failed").field("ip", base::client_address()).field("error", e.what()).write();
  return base::exit_temporary;
}
