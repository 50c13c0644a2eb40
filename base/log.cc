// SPDX-License-Identifier: ISC
#include "base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"

namespace base {

namespace {

bool is_plain(std::string_view value) {
  for (const char c : value)
    if (!is_graphic(c) || c == '"' || c == '\\' || c == '=') return false;
  return !value.empty();
}

std::string_view without_mapping(std::string_view address) {
  constexpr std::string_view mapped = "::ffff:";
  if (address.starts_with(mapped) && address.find('.') != address.npos)
    address.remove_prefix(mapped.size());
  return address;
}

}  // namespace

LogLine::LogLine(std::string_view program, std::string_view event) {
  line_ << program << ": event=" << event;
  const auto session = get_env("POP3_SESSION");
  if (!session.empty()) field("session", session);
}

LogLine& LogLine::field(std::string_view key, std::string_view value) {
  line_ << ' ' << key << '=';
  const bool cut = value.size() > max_log_value;
  if (cut) value = value.substr(0, max_log_value - 3);
  if (!cut && is_plain(value)) {
    line_ << value;
    return *this;
  }
  constexpr std::string_view hex = "0123456789abcdef";
  line_ << '"';
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet > 0x7e || c == '"' || c == '\\')
      line_ << "\\x" << hex[octet >> 4] << hex[octet & 15];
    else
      line_ << c;
  }
  line_ << (cut ? "...\"" : "\"");
  return *this;
}

void LogLine::write() {
  Text<max_log_line + 1> whole;
  whole << line_.view() << '\n';
  [[maybe_unused]] const auto written = ::write(2, whole.view().data(), whole.view().size());
}

std::string_view client_address() {
  if (const auto given = get_env("TCPREMOTEIP"); !given.empty()) return without_mapping(given);
  static char text[INET6_ADDRSTRLEN];
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(0, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "-";
  const void* address = nullptr;
  if (peer.ss_family == AF_INET) address = &reinterpret_cast<sockaddr_in*>(&peer)->sin_addr;
  if (peer.ss_family == AF_INET6) address = &reinterpret_cast<sockaddr_in6*>(&peer)->sin6_addr;
  if (!address || !::inet_ntop(peer.ss_family, address, text, sizeof text)) return "-";
  return without_mapping(text);
}

}  // namespace base
