// SPDX-License-Identifier: ISC
#include "pop3d/login_tls.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"

namespace pop3d {

namespace {

using Begun = ConnectionTls::Begun;

template <std::size_t N>
void put_hex(base::Text<N>& to, std::span<const unsigned char> octets) {
  constexpr std::string_view hex = "0123456789abcdef";
  to.clear();
  for (const auto octet : octets) to << hex[octet >> 4] << hex[octet & 15];
}

Begun tell(Begun what, std::string_view why) {
  base::LogLine("pop3-login", what == Begun::refused ? "tls-refused" : "tls-failed")
      .field("ip", base::client_address())
      .field("reason", why)
      .write();
  return what;
}

// A descriptor's number in the environment, as UCSPI-TLS gives it; -1 if there is none.
int env_fd(const char* name) {
  const auto fd = base::parse_number<unsigned short>(base::get_env(name));
  return fd && *fd > 2 && ::fcntl(*fd, F_SETFD, FD_CLOEXEC) == 0 ? *fd : -1;
}

// The answer to 'Y': variables, each ended by a NUL, and one NUL more. Only its end counts: what
// they say came from the client. False if it did not come in time, or is longer than any.
bool wait_for_variables(int control, std::int64_t deadline_ms) {
  char last = '\0';
  for (std::size_t most = 65536; most != 0; --most) {
    pollfd input{control, POLLIN, 0};
    const auto left = deadline_ms - base::now_ms();
    char octet;
    if (left <= 0 || ::poll(&input, 1, static_cast<int>(std::min<std::int64_t>(left, 3600000))) <= 0 ||
        base::read_some(control, &octet, 1) != 1)
      return false;
    if (octet == '\0' && last == '\0') return true;
    last = octet;
  }
  return false;
}

}  // namespace

ConnectionTls::ConnectionTls(const LoginSettings& settings) : settings_(settings) {
  control_ = env_fd("SSLCTLFD");
  read_ = env_fd("SSLREADFD");
  write_ = env_fd("SSLWRITEFD");
  const bool has_ucspi = control_ >= 0 && read_ >= 0 && write_ >= 0;
  if (!has_ucspi) control_ = -1;
  // sslserver says PROTO=SSL even where TLS is yet to be asked for. Where TLS has begun it sets
  // SSLCTLFD and its like too, but what they name is not open any more.
  has_tls_ = !has_ucspi && (!base::get_env("TLS_PROTOCOL").empty() || !base::get_env("SSL_PROTOCOL").empty() ||
                            base::get_env("PROTO") == "SSL");
  can_start_ = !has_tls_ && (settings.tls == TlsMode::stls ||
                             (has_ucspi && base::get_env("POP3_TLS") != "none"));
  for (const char* name : {"SSLCTLFD", "SSLREADFD", "SSLWRITEFD"}) base::unset_env(name);
}

Protection ConnectionTls::protection() const {
  return {has_tls_, !exporter_.empty() || !end_point_.empty(), !certificate_.empty()};
}

Begun ConnectionTls::begin(std::string_view preface, std::int64_t deadline_ms) {
  const auto begun =
      control_ >= 0 ? begin_by_ucspi(preface, deadline_ms) : begin_by_tlsd(preface, deadline_ms);
  if (begun != Begun::secure) return begun;
  has_tls_ = true;
  can_start_ = false;
  return begun;
}

Begun ConnectionTls::begin_by_tlsd(std::string_view preface, std::int64_t deadline_ms) {
  base::TlsRequest request{.version = base::tls_interface, .alpn = "pop3", .preface = {}};
  if (preface.size() >= sizeof request.preface) base::bug("preface too long");
  std::memcpy(request.preface, preface.data(), preface.size());
  auto connection = base::try_connect_tls(settings_.tls_socket);
  if (!connection || !base::hand_over(connection.get(), 0, request))
    return tell(Begun::refused, std::strerror(errno));
  base::TlsReport report;
  if (!base::wait_for_report(connection.get(), report, deadline_ms)) {
    ::shutdown(0, SHUT_RDWR);  // tlsd has it, too, and may never come to it: the client would wait
    return tell(Begun::failed, "no report from tlsd");
  }
  if (report.outcome == base::TlsOutcome::refused) return tell(Begun::refused, report.error);
  if (report.outcome == base::TlsOutcome::failed) return tell(Begun::failed, report.error);
  base::set_tls_env(report);
  keep(report);
  // The client's socket is closed here: from now on it is tlsd's alone.
  if (::dup2(connection.get(), 1) < 0) base::fail("dup2");
  base::put_at(connection, 0);
  return Begun::secure;
}

void ConnectionTls::keep(const base::TlsReport& report) {
  if (report.has_exporter) put_hex(exporter_, report.exporter);
  put_hex(end_point_, {report.end_point, report.end_point_size});
  certificate_ = base::Text<64>(report.client_certificate);
  certificate_name_ = base::Text<128>(report.client_name);
}

Begun ConnectionTls::begin_by_ucspi(std::string_view preface, std::int64_t deadline_ms) {
  if (!preface.empty() && !base::try_write_all(1, preface)) return tell(Begun::failed, "client gone");
  if (!base::try_write_all(control_, "Y")) return tell(Begun::failed, "UCSPI-TLS server gone");
  if (!wait_for_variables(control_, deadline_ms)) return tell(Begun::failed, "no handshake");
  base::set_env("TLS_PROTOCOL", "TLS");  // all that is known, and from nobody but the server
  if (::dup2(read_, 0) < 0 || ::dup2(write_, 1) < 0) base::fail("dup2");
  close_control();
  return Begun::secure;
}

void ConnectionTls::close_control() noexcept {
  if (control_ < 0) return;
  for (const int fd : {control_, read_, write_}) ::close(fd);
  control_ = -1;
}

}  // namespace pop3d
