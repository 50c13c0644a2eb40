// SPDX-License-Identifier: ISC
#include "pop3d/login_messages.h"

#include <algorithm>
#include <cstring>

#include "tests/check.h"

namespace {

using pop3d::check_request;
using pop3d::Credentials;
using pop3d::LoginRequest;
using pop3d::Method;

LoginRequest request(std::string_view login, std::string_view secret,
                     Method method = Method::pass) {
  LoginRequest made{};
  made.method = method;
  std::copy(login.begin(), login.end(), made.login);
  std::copy(secret.begin(), secret.end(), made.secret);
  return made;
}

bool is_good(const LoginRequest& request) {
  Credentials credentials;
  return check_request(request, credentials);
}

}  // namespace

TEST(honest_request_gives_its_credentials) {
  const auto made = request("joe@example.org", "two words", Method::apop);
  Credentials credentials;
  CHECK(check_request(made, credentials));
  CHECK(credentials.method == Method::apop);
  CHECK_EQ(credentials.login, "joe@example.org");
  CHECK_EQ(credentials.secret, "two words");
}

TEST(request_of_the_largest_size_is_good) {
  CHECK(is_good(request(std::string(pop3d::max_login, 'x'), std::string(pop3d::max_secret, 'x'))));
}

TEST(request_of_an_unknown_method_is_refused) {
  for (int method = 0; method < 256; ++method)
    CHECK_ROW(method, is_good(request("joe", "x", static_cast<Method>(method))) ==
                          (method == 1 || method == 2));
}

TEST(request_without_a_login_or_a_secret_is_refused) {
  CHECK(!is_good(request("", "x")));
  CHECK(!is_good(request("joe", "")));
  CHECK(!is_good(request("", "")));
}

TEST(request_with_an_unterminated_text_is_refused) {
  auto login = request("", "x"), secret = request("joe", "");
  std::memset(login.login, 'x', sizeof login.login);
  std::memset(secret.secret, 'x', sizeof secret.secret);
  CHECK(!is_good(login));
  CHECK(!is_good(secret));
  std::memset(&login, 0xff, sizeof login);
  CHECK(!is_good(login));
}

TEST(request_with_a_login_that_is_not_graphic_is_refused) {
  for (int i = 1; i < 256; ++i) {
    const char login[] = {'j', static_cast<char>(i), 'e'};
    CHECK_ROW(i, is_good(request({login, 3}, "x")) == (i >= 0x21 && i <= 0x7e));
  }
}

TEST(request_fits_checkpasswords_512_octets) {
  CHECK(pop3d::max_login + 1 + pop3d::max_secret + 1 + pop3d::max_timestamp + 1 <= 512);
}
