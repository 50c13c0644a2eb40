// SPDX-License-Identifier: ISC
// What the parent of pop3-login, root, gets from its child, which may be an attacker's by then.
#include "pop3d/login_messages.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // On the heap, so that an octet read beyond it is noticed; what DATA leaves open has no NUL.
  const auto request = std::make_unique<pop3d::LoginRequest>();
  std::memset(request.get(), 'x', sizeof *request);
  std::memcpy(request.get(), data, std::min(size, sizeof *request));

  pop3d::Credentials credentials;
  if (!pop3d::check_request(*request, credentials)) return 0;
  const auto [method, login, secret] = credentials;
  require(method == pop3d::Method::pass || method == pop3d::Method::apop);
  require(login.data() == request->login && secret.data() == request->secret);
  require(!login.empty() && login.size() <= pop3d::max_login);
  require(!secret.empty() && secret.size() <= pop3d::max_secret);
  require(std::all_of(login.begin(), login.end(), base::is_graphic));
  return 0;
}
