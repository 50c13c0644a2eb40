// SPDX-License-Identifier: ISC
#include "base/tls_service.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/clock.h"
#include "base/env.h"
#include "base/pass_fds.h"
#include "base/text.h"

namespace base {

namespace {

constexpr const char* names[] = {"TLS_PROTOCOL", "TLS_CIPHER", "TLS_SERVER_NAME", "TLS_ALPN",
                                 "TLS_CLIENT_NAME", "TLS_CLIENT_CERTIFICATE", "TLS_RESUMED"};

constexpr bool is_printable(char c) { return is_graphic(c) || c == ' '; }

bool is_text(std::span<const char> field, bool (*is_allowed)(char)) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  return end != field.end() && std::all_of(field.begin(), end, is_allowed);
}

bool is_fingerprint(std::string_view text) {
  return text.empty() ||
         (text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos);
}

void set_or_unset(const char* name, const char* value) {
  if (*value != '\0')
    set_env(name, value);
  else
    unset_env(name);
}

}  // namespace

bool check_report(const TlsReport& report) {
  const auto outcome = report.outcome;
  if (outcome != TlsOutcome::secure && outcome != TlsOutcome::refused && outcome != TlsOutcome::failed)
    return false;
  if (report.end_point_size > sizeof report.end_point || report.has_exporter > 1 || report.is_resumed > 1)
    return false;
  if (!is_text(report.error, is_printable)) return false;
  for (const std::span<const char> field :
       {std::span<const char>(report.protocol), std::span<const char>(report.cipher),
        std::span<const char>(report.alpn), std::span<const char>(report.server_name),
        std::span<const char>(report.client_name), std::span<const char>(report.client_certificate)})
    if (!is_text(field, is_graphic)) return false;
  if (!is_fingerprint(report.client_certificate)) return false;
  return outcome != TlsOutcome::secure || (report.protocol[0] != '\0' && report.cipher[0] != '\0');
}

UniqueFd try_connect_tls(const char* socket) noexcept {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string_view path(socket);
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return {};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection) return {};
  // Without waiting: a tlsd that does not keep up is as good as none.
  timeval soon{1, 0};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
  if (::connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    connection.reset();
    errno = error;
  }
  return connection;
}

bool hand_over(int connection, int client, const TlsRequest& request) noexcept {
  return send_with_fds(connection, &request, sizeof request, {&client, 1});
}

bool wait_for_report(int connection, TlsReport& report, std::int64_t deadline_ms) noexcept {
  char* const to = reinterpret_cast<char*>(&report);
  std::size_t size = 0;
  while (size < sizeof report) {
    const auto left = deadline_ms - now_ms();
    if (left <= 0) return false;
    pollfd input{connection, POLLIN, 0};
    const int ready = ::poll(&input, 1, static_cast<int>(std::min<std::int64_t>(left, 3600000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    const long got = ::recv(connection, to + size, sizeof report - size, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return false;
    size += static_cast<std::size_t>(got);
  }
  return check_report(report);
}

void set_tls_env(const TlsReport& report) {
  const char* const values[] = {report.protocol,    report.cipher,
                                report.server_name, report.alpn,
                                report.client_name, report.client_certificate,
                                report.is_resumed ? "1" : ""};
  for (std::size_t i = 0; i < std::size(names); ++i) set_or_unset(names[i], values[i]);
}

void unset_tls_env() noexcept {
  for (const char* name : names) unset_env(name);
}

}  // namespace base
