// SPDX-License-Identifier: ISC
// What the parent of pop3-login, root, gets from its child, which may be an attacker's by then.
// covers pop3d/login_messages.cc
#include "pop3d/login_messages.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "tests/fuzz/made_of.h"
#include "tests/fuzz/require.h"

namespace {

bool has_no_control(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pop3d;
  Credentials credentials;
  if (const auto request = made_of<LoginRequest>(data, size); check_request(*request, credentials)) {
    require(credentials.login.data() == request->login && credentials.secret.data() == request->secret);
    require(credentials.login.size() <= max_login && credentials.secret.size() <= max_secret);
    require(has_no_control(credentials.login));
    require(credentials.method == Method::external || !credentials.login.empty());
    require(credentials.secret.empty() == (credentials.method == Method::external));
  }
  ScramCredentials messages;
  if (const auto request = made_of<ScramRequest>(data, size); check_request(*request, messages)) {
    require(!messages.login.empty() && messages.login.size() <= max_login);
    require(messages.first.size() <= max_scram_first && messages.final.size() <= max_scram_final);
    require(has_no_control(messages.first) && has_no_control(messages.final));
  }
  if (const auto request = made_of<TokenRequest>(data, size); check_request(*request, credentials)) {
    require(!credentials.login.empty() && !credentials.secret.empty());
    require(credentials.secret.size() <= max_token && has_no_control(credentials.secret));
  }
  Mode mode;
  if (const auto notice = made_of<ModeNotice>(data, size); check_notice(*notice, mode))
    require(static_cast<std::size_t>(mode.language) < languages && !tag_of(mode.language).empty());
  if (const auto notice = made_of<ProbeNotice>(data, size); check_notice(*notice)) {
    const std::string_view login = notice->login;
    require(!login.empty() && login.size() <= max_login && has_no_control(login));
  }
  return 0;
}
