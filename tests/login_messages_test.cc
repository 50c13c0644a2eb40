// SPDX-License-Identifier: ISC
#include "pop3d/login_messages.h"

#include <algorithm>
#include <cstring>

#include "tests/check.h"

namespace {

using namespace pop3d;

template <std::size_t N>
void put(char (&field)[N], std::string_view text) {
  std::copy(text.begin(), text.end(), field);
}

LoginRequest request(std::string_view login, std::string_view secret, Method method = Method::user) {
  LoginRequest made{};
  made.kind = Kind::login;
  made.method = method;
  put(made.login, login);
  put(made.secret, secret);
  return made;
}

ScramRequest scram(std::string_view login, std::string_view first, std::string_view final) {
  ScramRequest made{};
  made.kind = Kind::scram;
  made.method = Method::scram;
  put(made.login, login);
  put(made.first, first);
  put(made.final, final);
  return made;
}

TokenRequest token(std::string_view login, std::string_view text) {
  TokenRequest made{};
  made.kind = Kind::token;
  made.method = Method::oauthbearer;
  put(made.login, login);
  put(made.token, text);
  return made;
}

template <typename Request>
bool is_good(const Request& request) {
  Credentials credentials;
  return check_request(request, credentials);
}
bool is_good(const ScramRequest& request) {
  ScramCredentials credentials;
  return check_request(request, credentials);
}

bool is_one_of(Method method, std::initializer_list<Method> methods) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
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

TEST(honest_scram_request_gives_its_messages) {
  const auto made = scram("joe", "n,,n=joe,r=abc", "c=biws,r=abcdef,p=AAAA");
  ScramCredentials credentials;
  CHECK(check_request(made, credentials));
  CHECK_EQ(credentials.login, "joe");
  CHECK_EQ(credentials.first, "n,,n=joe,r=abc");
  CHECK_EQ(credentials.final, "c=biws,r=abcdef,p=AAAA");
  CHECK(is_good(scram("joe", "n,,n=joe,r=abc", "")));
}

TEST(requests_of_the_largest_size_are_good) {
  const std::string login(max_login, 'x');
  CHECK(is_good(request(login, std::string(max_secret, 'x'))));
  CHECK(is_good(scram(login, std::string(max_scram_first, 'x'), std::string(max_scram_final, 'x'))));
  CHECK(is_good(token(login, std::string(max_token, 'x'))));
}

TEST(each_kind_of_request_takes_its_methods_only) {
  for (int i = 0; i < 256; ++i) {
    const auto method = static_cast<Method>(i);
    auto a = request("joe", "x", method);
    if (method == Method::external) a = request("joe", "", method);
    auto b = scram("joe", "x", "");
    auto c = token("joe", "x");
    b.method = c.method = method;
    CHECK_ROW(i, is_good(a) == is_one_of(method, {Method::user, Method::apop, Method::plain, Method::login,
                                                  Method::cram_md5, Method::external}));
    CHECK_ROW(i, is_good(b) == is_one_of(method, {Method::scram, Method::scram_plus}));
    CHECK_ROW(i, is_good(c) == is_one_of(method, {Method::oauthbearer, Method::xoauth2}));
  }
}

TEST(request_of_another_kind_is_refused) {
  for (int i = 0; i < 256; ++i) {
    auto a = request("joe", "x");
    auto b = scram("joe", "x", "");
    auto c = token("joe", "x");
    a.kind = b.kind = c.kind = static_cast<Kind>(i);
    CHECK_ROW(i, is_good(a) == (i == 1) && is_good(b) == (i == 2) && is_good(c) == (i == 3));
  }
}

TEST(request_without_what_it_needs_is_refused) {
  CHECK(!is_good(request("", "x")));
  CHECK(!is_good(request("joe", "")));
  CHECK(!is_good(request("", "")));
  CHECK(!is_good(scram("", "x", "")));
  CHECK(!is_good(scram("joe", "", "x")));
  CHECK(!is_good(token("", "x")));
  CHECK(!is_good(token("joe", "")));
}

TEST(external_brings_no_secret_and_may_leave_the_login_to_the_certificate) {
  CHECK(is_good(request("", "", Method::external)));
  CHECK(is_good(request("joe", "", Method::external)));
  CHECK(!is_good(request("joe", "x", Method::external)));
}

TEST(request_with_an_unterminated_text_is_refused) {
  auto a = request("", "x"), b = request("joe", "");
  std::memset(a.login, 'x', sizeof a.login);
  std::memset(b.secret, 'x', sizeof b.secret);
  CHECK(!is_good(a));
  CHECK(!is_good(b));
  std::memset(&a, 0xff, sizeof a);
  CHECK(!is_good(a));
  auto c = scram("joe", "", ""), d = scram("joe", "x", ""), e = scram("", "x", "");
  std::memset(c.first, 'x', sizeof c.first);
  std::memset(d.final, 'x', sizeof d.final);
  std::memset(e.login, 'x', sizeof e.login);
  CHECK(!is_good(c));
  CHECK(!is_good(d));
  CHECK(!is_good(e));
  auto f = token("joe", "");
  std::memset(f.token, 'x', sizeof f.token);
  CHECK(!is_good(f));
}

TEST(login_holds_graphic_ascii_and_utf8_only) {
  for (int i = 1; i < 256; ++i) {
    const char login[] = {'j', static_cast<char>(i), 'e'};
    CHECK_ROW(i, is_good(request({login, 3}, "x")) == (i >= 0x21 && i != 0x7f));
  }
}

TEST(messages_hold_no_control_characters) {
  for (int i = 1; i < 256; ++i) {
    const char text[] = {'a', static_cast<char>(i), 'b'};
    CHECK_ROW(i, is_good(scram("joe", {text, 3}, "")) == (i >= 0x20 && i != 0x7f));
    CHECK_ROW(i, is_good(scram("joe", "x", {text, 3})) == (i >= 0x20 && i != 0x7f));
    CHECK_ROW(i, is_good(token("joe", {text, 3})) == (i >= 0x21 && i < 0x7f));
  }
}

TEST(requests_are_told_apart_by_their_size) {
  CHECK(sizeof(Sign) < sizeof(LoginRequest) && sizeof(LoginRequest) < sizeof(ScramRequest) &&
        sizeof(ScramRequest) < sizeof(TokenRequest));
}

TEST(request_fits_checkpasswords_512_octets) {
  CHECK(max_login + 1 + max_secret + 1 + max_timestamp + 1 <= 512);
}

TEST(a_notice_is_of_its_kind_and_within_bounds) {
  Mode mode;
  for (int language = 0; language < 256; ++language) {
    const ModeNotice notice{Kind::mode, static_cast<Language>(language), 1};
    CHECK_ROW(language, check_notice(notice, mode) == (language < static_cast<int>(languages)));
  }
  CHECK(check_notice({Kind::mode, Language::german, 1}, mode) && mode.language == Language::german && mode.is_utf8);
  CHECK(check_notice({Kind::mode, Language::english, 0}, mode) && mode.language == Language::english && !mode.is_utf8);
  CHECK(!check_notice({Kind::mode, Language::english, 2}, mode));
  CHECK(!check_notice({Kind::probe, Language::english, 0}, mode));

  ProbeNotice probe{Kind::probe, {}};
  CHECK(!check_notice(probe));
  put(probe.login, "joe");
  CHECK(check_notice(probe));
  put(probe.login, "j e");
  CHECK(!check_notice(probe));
  std::memset(probe.login, 'x', sizeof probe.login);
  CHECK(!check_notice(probe));
  probe = {Kind::mode, "joe"};
  CHECK(!check_notice(probe));
}
