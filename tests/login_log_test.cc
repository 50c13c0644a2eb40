// SPDX-License-Identifier: ISC
#include "pop3d/login_log.h"

#include <unistd.h>

#include <iterator>
#include <regex>
#include <string>

#include "base/env.h"
#include "base/fd.h"
#include "tests/check.h"

namespace {

using pop3d::Attempt;
using pop3d::Method;
using pop3d::Outcome;

// A session's environment.
class Session {
 public:
  explicit Session(const char* address = "192.0.2.1") {
    base::set_env("TCPREMOTEIP", address);
    base::set_env("POP3_SESSION", "k3v9q2m7xw");
  }
  ~Session() {
    for (const char* name : {"TCPREMOTEIP", "POP3_SESSION", "TLS_PROTOCOL"}) base::unset_env(name);
  }
};

// What CALL writes to fd 2.
std::string written_by(auto call) {
  const auto pipe = base::make_pipe();
  const base::UniqueFd before(::dup(2));
  ::dup2(pipe.write.get(), 2);
  call();
  ::dup2(before.get(), 2);
  char got[4096];
  const auto size = base::read_some(pipe.read.get(), got, sizeof got);
  return {got, static_cast<std::size_t>(size)};
}

std::string failed_login(std::string_view user) {
  return std::string(pop3d::failed_login_line({user, Method::user, 1, 2}).view());
}

// As fail2ban's filter for Dovecot reads it: user and address.
std::string found_by_filter(const std::string& line) {
  static const std::regex filter(
      R"(^pop3-login: (?:Aborted login|Disconnected) \((?:auth failed, \d+ attempts(?: in \d+ secs)?)\):)"
      R"((?: user=<([^>]*)>,)?(?: method=\S+,)? rip=([\w.:]+)(?:[^>]*(?:, session=<\S+>)?)\s*$)");
  std::smatch found;
  return std::regex_match(line, found, filter) ? found[1].str() + ' ' + found[2].str() : "nothing";
}

}  // namespace

TEST(a_refused_login_has_dovecots_form_and_ours) {
  const Session session;
  CHECK_EQ(written_by([] { pop3d::log_refused({"joe", Method::user, 2, 9}, Outcome::refused); }),
           "pop3-login: Aborted login (auth failed, 2 attempts in 9 secs): user=<joe>, method=PLAIN, "
           "rip=192.0.2.1, event=refused session=k3v9q2m7xw ip=192.0.2.1 user=joe auth=user reason=auth "
           "tries=2\n");
}

TEST(our_own_failures_do_not_look_like_a_guess) {
  const Session session;
  CHECK_EQ(written_by([] { pop3d::log_refused({"joe", Method::apop, 1, 0}, Outcome::temporary); }),
           "pop3-login: event=refused session=k3v9q2m7xw ip=192.0.2.1 user=joe auth=apop "
           "reason=temporary tries=1\n");
  CHECK_EQ(written_by([] { pop3d::log_refused({"joe", Method::plain, 1, 0}, Outcome::permanent); }),
           "pop3-login: event=refused session=k3v9q2m7xw ip=192.0.2.1 user=joe auth=plain "
           "reason=permanent tries=1\n");
  CHECK_EQ(written_by([] { pop3d::log_refused({"joe", Method::scram, 3, 0}, Outcome::busy); }),
           "pop3-login: event=refused session=k3v9q2m7xw ip=192.0.2.1 user=joe auth=scram-sha-256 "
           "reason=busy tries=3\n");
}

TEST(a_login_and_an_end_are_key_and_value) {
  const Session session;
  CHECK_EQ(written_by([] { pop3d::log_login({"joe", Method::cram_md5, 1, 0}); }),
           "pop3-login: event=login session=k3v9q2m7xw ip=192.0.2.1 user=joe auth=cram-md5 tries=1\n");
  CHECK_EQ(written_by([] { pop3d::log_end("per-address", 0); }),
           "pop3-login: event=end session=k3v9q2m7xw ip=192.0.2.1 reason=per-address tries=0\n");
}

TEST(tls_is_told_where_there_is_tls) {
  const Session session;
  base::set_env("TLS_PROTOCOL", "TLSv1.3");
  for (const auto outcome : {Outcome::refused, Outcome::temporary}) {
    const auto line = written_by([=] { pop3d::log_refused({"joe", Method::user, 1, 0}, outcome); });
    CHECK(line.ends_with(" tries=1 tls=TLSv1.3\n"));
  }
  CHECK(written_by([] { pop3d::log_login({"joe", Method::user, 1, 0}); }).ends_with(" tries=1 tls=TLSv1.3\n"));
}

TEST(methods_have_dovecots_names) {
  const Session session;
  const struct {
    Method method;
    const char* name;
  } table[] = {{Method::user, "PLAIN"},       {Method::apop, "APOP"},
               {Method::plain, "PLAIN"},      {Method::login, "LOGIN"},
               {Method::cram_md5, "CRAM-MD5"}, {Method::scram_plus, "SCRAM-SHA-256-PLUS"}};
  for (const auto& row : table) {
    const auto line = std::string(pop3d::failed_login_line({"joe", row.method, 1, 0}).view());
    CHECK_ROW(row.name, line.find(std::string(", method=") + row.name + ", rip=") != line.npos);
  }
}

TEST(a_name_cannot_end_its_brackets_or_make_a_field) {
  const Session session;
  const struct {
    std::string_view name, bracketed, as_field;
  } table[] = {
      {"joe@example.org", "joe@example.org", "joe@example.org"},
      {"", "", R"("")"},
      {"x>, rip=10.0.0.1", R"(x\x3e\x2c\x20rip\x3d10.0.0.1)", R"("x\x3e, rip=10.0.0.1")"},
      {"<x>", R"(\x3cx\x3e)", R"("\x3cx\x3e")"},
      {"x\" ip=10.0.0.1", R"(x\x22\x20ip\x3d10.0.0.1)", R"("x\x22 ip=10.0.0.1")"},
      {"x\\", R"(x\x5c)", R"("x\x5c")"},
      {"x\nrip=10.0.0.1", R"(x\x0arip\x3d10.0.0.1)", R"("x\x0arip=10.0.0.1")"},
      {"m\xc3\xbcller", R"(m\xc3\xbcller)", R"("m\xc3\xbcller")"},
      {"x): user=", R"(x\x29\x3a\x20user\x3d)", R"("x): user=")"},
  };
  for (const auto& row : table) {
    const auto line = failed_login(row.name);
    CHECK_EQ(found_by_filter(line), std::string(row.bracketed) + " 192.0.2.1");
    const auto field = " user=" + std::string(row.as_field) + " auth=user reason=auth tries=1";
    CHECK_ROW(row.name, line.ends_with(field));
  }
}

TEST(a_name_of_any_octets_leaves_the_line_as_it_is) {
  const Session session;
  for (int octet = 0; octet < 256; ++octet)
    for (const std::string_view around : {"", ">", " ", "\"", ", rip=10.0.0.1, ", "\\"}) {
      const auto name = std::string(around) + static_cast<char>(octet) + std::string(around);
      const auto line = failed_login(name);
      CHECK_ROW(octet, found_by_filter(line).ends_with(" 192.0.2.1"));
      CHECK_ROW(octet, line.ends_with(" auth=user reason=auth tries=1"));
      for (const char c : line) CHECK_ROW(octet, c >= 0x20 && c <= 0x7e);
    }
}

TEST(the_longest_names_leave_the_line_whole) {
  const Session session("2001:0db8:1111:2222:3333:4444:5555:6666");
  base::set_env("TLS_PROTOCOL", "TLSv1.3");
  for (const char c : {'x', '\xff', '>'})
    for (std::size_t size = 40; size <= pop3d::max_login; ++size) {
      const std::string name(size, c);
      const std::string line(pop3d::failed_login_line({name, Method::scram_plus, 1000, 86400}).view());
      CHECK_ROW(size, found_by_filter(line).ends_with(" 2001:0db8:1111:2222:3333:4444:5555:6666"));
      CHECK_ROW(size, line.ends_with(" auth=scram-sha-256-plus reason=auth tries=1000 tls=TLSv1.3"));
      CHECK_ROW(size, line.size() < base::max_log_line);
      CHECK_ROW(size, c != 'x' || line.find("user=<" + name + ">") != line.npos);
    }
  CHECK(failed_login(std::string(100, '>')).find(R"(\x3e\x3e...>, )") != std::string::npos);
}

TEST(the_address_is_an_address_or_a_hyphen) {
  const struct {
    const char *given, *written;
  } table[] = {{"192.0.2.1", "192.0.2.1"}, {"::ffff:192.0.2.1", "192.0.2.1"}, {"2001:db8::1", "2001:db8::1"},
               {"-", "-"}, {"x", "-"}, {"1>, rip=2", "-"}, {"192.0.2.1, rip=10.0.0.1", "-"}};
  for (const auto& row : table) {
    const Session session(row.given);
    const auto line = failed_login("joe");
    CHECK_ROW(row.given, line.find(std::string(" rip=") + row.written + ", event=refused ") != line.npos);
  }
}
