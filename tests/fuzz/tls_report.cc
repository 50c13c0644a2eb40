// SPDX-License-Identifier: ISC
// What the root parent of pop3-login, or tls-accept, believes of a report; and what tlsd believes of a request.
// covers base/tls_service.cc tls/request.cc
#include "base/tls_service.h"

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/text.h"
#include "tests/fuzz/dialogue.h"
#include "tls/names.h"
#include "tls/request.h"

namespace {

void require_text(std::string_view field) {
  const auto end = field.find('\0');
  require(end != field.npos);
  for (const char c : field.substr(0, end)) require(base::is_graphic(c));
}

// The request as tlsd takes it off its socket, with none, one or two descriptors of some kind.
void check_request_on_socket(std::string_view octets) {
  static const Pair connected(SOCK_STREAM), datagrams(SOCK_DGRAM);
  const Pair pair(SOCK_STREAM);
  const unsigned how = octets.empty() ? 0 : static_cast<unsigned char>(octets[octets.size() / 2]);
  const int fds[] = {how % 3 == 2 ? datagrams.ours.get() : connected.ours.get(), 2};
  if (octets.empty() || !base::send_with_fds(pair.ours.get(), octets.data(), octets.size(), {fds, how % 4 == 3 ? 0 : how % 4 == 2 ? 2u : 1u}))
    return;
  tls::Question question;
  if (tls::receive_request(pair.theirs.get(), question) != tls::Asked::yes) return;
  require(octets.size() >= sizeof question.request && tls::check_request(question.request));
  require(how % 3 != 2 && how % 4 < 2 && question.client.get() >= 0);
}

// The report as who waits for it takes it off his.
void check_report_on_socket(std::string_view octets, const base::TlsReport& expected) {
  Pair pair(SOCK_STREAM);
  base::write_all(pair.ours.get(), octets, "socket");
  pair.ours.reset();
  base::TlsReport report{};
  const bool is_good = base::wait_for_report(pair.theirs.get(), report, base::now_ms() + 1000);
  require(is_good == (octets.size() >= sizeof report && base::check_report(expected)));
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
    base::unset_tls_env();
  }
  const auto octets = as_text(data, size);
  check_report_on_socket(octets, report);
  check_request_on_socket(octets);

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
