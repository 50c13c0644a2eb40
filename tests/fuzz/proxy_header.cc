// SPDX-License-Identifier: ISC
// A proxy's first octets, and what a client sends behind them.
// covers pop3d/proxy_header.cc
#include "pop3d/proxy_header.h"

#include <algorithm>
#include <string>

#include "tests/fuzz/require.h"

namespace {

std::string binary(const pop3d::ProxyReport& report) {
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24", 16);
  const auto put = [&](const auto* from, std::size_t size) {
    header.append(reinterpret_cast<const char*>(from), size);
  };
  put(report.remote.octets, 16);
  put(report.local.octets, 16);
  for (const int port : {report.remote_port, report.local_port}) {
    header += static_cast<char>(port >> 8);
    header += static_cast<char>(port);
  }
  return header;
}

std::size_t end_of_header(std::string_view stream, std::size_t most) {
  std::size_t size = 0;
  while (const auto wanted = pop3d::octets_wanted(stream.substr(0, size))) {
    const auto got = std::min({wanted, most, stream.size() - size});
    if (got == 0) break;
    size += got;
    require(size <= pop3d::max_proxy_header);
  }
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = as_text(data, size);
  // However the octets arrive, the same ones are read.
  const auto end = end_of_header(stream, stream.size());
  require(end_of_header(stream, 1) <= end);
  const auto report = pop3d::parse_proxy_header(stream.substr(0, end));
  require(pop3d::check_proxy_report(report));
  if (report.outcome == pop3d::ProxyOutcome::malformed) return 0;
  for (const std::size_t most : {1, 2, 5}) require(end_of_header(stream, most) == end);
  // A version 1 ends where it says so, and has its end once.
  if (stream.starts_with('P')) require(stream.substr(0, end).find('\n') == end - 1);
  if (report.outcome != pop3d::ProxyOutcome::proxied) return 0;

  // Said in version 2 it is the same.
  const auto again = pop3d::parse_proxy_header(binary(report));
  require(again.outcome == report.outcome && again.remote == report.remote && again.local == report.local &&
          again.remote_port == report.remote_port && again.local_port == report.local_port);
  const auto text = to_text(report.remote);
  require(pop3d::parse_address(text.view()) == report.remote);
  require(pop3d::is_among(text.view(), report.remote) == true);
  return 0;
}
