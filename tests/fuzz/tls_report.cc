// SPDX-License-Identifier: ISC
// What the root parent of pop3-login, or tls-accept, believes of a report; and what tlsd believes of a request.
#include "base/tls_service.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "tests/fuzz/require.h"
#include "tls/names.h"
#include "tls/request.h"

namespace {

void require_text(std::string_view field) {
  const auto end = field.find('\0');
  require(end != field.npos);
  for (const char c : field.substr(0, end)) require(base::is_graphic(c));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::TlsReport report{};
  std::memcpy(static_cast<void*>(&report), data, std::min(size, sizeof report));
  if (base::check_report(report)) {
    for (const std::string_view field :
         {std::string_view(report.protocol, sizeof report.protocol), std::string_view(report.cipher, sizeof report.cipher),
          std::string_view(report.alpn, sizeof report.alpn), std::string_view(report.server_name, sizeof report.server_name),
          std::string_view(report.client_name, sizeof report.client_name),
          std::string_view(report.client_certificate, sizeof report.client_certificate)})
      require_text(field);
    require(report.end_point_size <= sizeof report.end_point);
    base::set_tls_env(report);
  }

  base::TlsRequest request{};
  std::memcpy(static_cast<void*>(&request), data, std::min(size, sizeof request));
  if (tls::check_request(request)) {
    require(std::strlen(request.alpn) < sizeof request.alpn);
    require(std::strlen(request.preface) < sizeof request.preface);
  }

  const auto name = tls::normal_name(as_text(data, size), true);
  require(name.size() <= 253 && tls::normal_name(name, true) == name);
  return 0;
}
