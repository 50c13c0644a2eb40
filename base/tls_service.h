// SPDX-License-Identifier: ISC
// tlsd's service, as its users and tlsd itself see it: hand a client's socket over, get the
// plaintext back. No other program links a TLS library.
//
//   user, root  --TlsRequest, with the client's socket (SCM_RIGHTS)-->  tlsd's worker
//               <--TlsReport: what became of the handshake---
//               <-------- plaintext, both ways ------------->
//
// All of it goes over one connection to tlsd's socket (SOCK_STREAM, tlsd(8)), which is the
// plaintext's end afterwards. Both messages are of fixed size, so that a user that is root has
// nothing to parse; what a report says came from the client, and is checked before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fd.h"

namespace base {

// Texts end in a NUL, with NULs behind.
struct TlsRequest {
  char version;      // tls_interface
  char alpn[16];     // the protocol that the service speaks: a client that offers only others is
                     // refused (ALPACA). Empty: ALPN is ignored.
  char preface[111]; // sent to the client in clear, once tlsd has taken the socket, and before the
                     // handshake: STLS's +OK
};
static_assert(sizeof(TlsRequest) == 128);
constexpr char tls_interface = 1;

enum class TlsOutcome : std::uint8_t {
  secure = 1,  // the plaintext follows
  refused,     // too many connections, or no certificate: the client has heard nothing, the socket is
               // as it was
  failed,      // no handshake: the socket is of no use any more
};

struct TlsReport {
  TlsOutcome outcome;
  std::uint8_t end_point_size;       // octets of end_point; 0: none
  std::uint8_t has_exporter;         // 0 or 1
  std::uint8_t is_resumed;           // 0 or 1
  char error[124];                   // refused, failed: why, for the log
  char protocol[16];                 // "TLSv1.3"
  char cipher[64];                   // OpenSSL's name for the suite
  char alpn[16];                     // as agreed; empty: none
  char server_name[256];             // SNI; empty: none
  char client_name[129];             // of a client's certificate that was verified: its e-mail
                                     // address, or else its common name
  char client_certificate[65];       // its SHA-256, 64 lower-case hexadecimal digits; empty: no
                                     // certificate
  unsigned char exporter[32];        // channel binding tls-exporter (RFC 9266)
  unsigned char end_point[64];       // channel binding tls-server-end-point (RFC 5929 s.4)
};

// True if the report is one that an honest tlsd would send: known outcome, flags 0 or 1, sizes
// in their bounds, all texts ended and of graphic ASCII (error: printable), hexadecimal digits where they must be, a
// protocol and a cipher if it is secure.
bool check_report(const TlsReport& report);

// Connects to tlsd at the path SOCKET. Nothing, and errno, if nobody listens there.
UniqueFd try_connect_tls(const char* socket) noexcept;

// Hands CLIENT, a connected stream socket, over on CONNECTION. Our own descriptor stays open and
// must not be used while tlsd has it. False, and errno, if tlsd is gone.
bool hand_over(int connection, int client, const TlsRequest& request) noexcept;

// Waits for the report until DEADLINE_MS (clock.h). False if tlsd ended the connection, sent what
// no tlsd sends, or took too long: then the client's socket may have been used.
bool wait_for_report(int connection, TlsReport& report, std::int64_t deadline_ms) noexcept;

// TLS_PROTOCOL, TLS_CIPHER, TLS_SERVER_NAME, TLS_ALPN, TLS_CLIENT_NAME, TLS_CLIENT_CERTIFICATE,
// TLS_RESUMED in the environment, as the report says; those it does not say are removed.
void set_tls_env(const TlsReport& report);
// Removes them all: nothing but a report may say that there is TLS.
void unset_tls_env() noexcept;

}  // namespace base
