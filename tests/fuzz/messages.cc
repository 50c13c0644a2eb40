// SPDX-License-Identifier: ISC
// What a process believes of another one's message of fixed size, where pop3-login's are not meant: the runner of pop3d's
// request, proxy-protocol of its child's report, the parent of poppassd's of its child's request.
// covers pop3d/poppassd_messages.h
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "pop3d/mangle_wish.h"
#include "pop3d/poppassd_messages.h"
#include "pop3d/proxy_header.h"
#include "tests/fuzz/made_of.h"
#include "tests/fuzz/require.h"

namespace {

bool is_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void check_wish(const pop3d::MangleWish& wish) {
  if (!is_sound(wish)) return;
  require(!name_of(wish.charset).empty() && wish.has_body <= 1);
  const std::string headers(wish.headers);  // as an argument of a program
  require(headers.size() <= pop3d::max_mangle_headers && is_line(headers));
  // What can be asked for can be said.
  pop3d::MangleWish again = wish;
  require(set_mangle_attribute(wish.has_body ? "text=plain" : "body=none", again).empty());
}

void check_proxy(const pop3d::ProxyReport& report) {
  if (!check_proxy_report(report)) return;
  require(report.why <= pop3d::ProxyFault::no_host && (to_text(report.why) == "none") == (report.why == pop3d::ProxyFault::none));
  require(std::memchr(report.tls_protocol, '\0', sizeof report.tls_protocol) != nullptr);
  require(std::memchr(report.tls_cipher, '\0', sizeof report.tls_cipher) != nullptr);
  require(is_line(report.tls_protocol) && is_line(report.tls_cipher));
  if (report.outcome == pop3d::ProxyOutcome::proxied) require(is_host(report.remote));
}

void check_password(const pop3d::PasswordRequest& request) {
  if (!check_request(request)) return;
  const std::string login(request.login), secret(request.secret);
  require(!login.empty() && login.size() <= pop3d::max_login && is_line(login));
  require(!secret.empty() && secret.size() <= pop3d::max_secret && is_line(secret));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_wish(*made_of<pop3d::MangleWish>(data, size));
  check_proxy(*made_of<pop3d::ProxyReport>(data, size));
  check_password(*made_of<pop3d::PasswordRequest>(data, size));
  return 0;
}
