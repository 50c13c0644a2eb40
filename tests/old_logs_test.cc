// SPDX-License-Identifier: ISC
#include "pop3d/old_logs.h"

#include "base/env.h"
#include "base/version.h"
#include "pop3d/access_log.h"
#include "tests/check.h"

namespace {

using pop3d::expand_login;

class Client {
 public:
  explicit Client(const char* host = "penguin.example.org") {
    base::set_env("TCPREMOTEIP", "192.0.2.1");
    base::set_env("TCPREMOTEHOST", host);
  }
  ~Client() {
    base::unset_env("TCPREMOTEIP");
    base::unset_env("TCPREMOTEHOST");
  }
};

}  // namespace

// features: G03
TEST(log_login_is_expanded) {
  const Client client;
  const std::string version = base::version;
  const struct {
    const char *pattern;
    std::string line;
  } table[] = {
      {"%0 %1 %2 %3", version + " joe penguin.example.org 192.0.2.1"},
      {"%1%1%1%1%1%1", "joejoejoejoejoejoe"},  // Qpopper: four at the most
      {"100%% of %1", "100% of joe"},
      {"%s%n%4%", "%s%n%4%"},  // never a format
      {"", ""},
      {"a\nb", "a\\x0ab"},
  };
  for (const auto& row : table) CHECK_EQ(expand_login(row.pattern, "joe").view(), row.line);
  CHECK_EQ(expand_login(pop3d::default_log_login, "joe").view(),
           "(v" + version + ") POP login by user \"joe\" at (penguin.example.org) 192.0.2.1");
}

// features: G20
TEST(no_name_can_end_its_place_in_an_old_line) {
  const Client client;
  const auto line = expand_login(pop3d::default_log_login, "x\" at (h) 10.0.0.1\n%3");
  CHECK(line.view().find("user \"x\\x22\\x20at\\x20\\x28h\\x29\\x2010.0.0.1\\x0a%3\" at (penguin") != line.view().npos);
  CHECK_EQ(pop3d::qpopper_stats("a b", {}, {}).view(),
           "Stats: a\\x20b 0 0 0 0 penguin.example.org 192.0.2.1");
  CHECK(expand_login("%1", std::string(1000, 'x')).view().ends_with("xxx..."));
}

// features: G02
TEST(a_host_that_is_not_known_is_the_address) {
  const Client client("");
  CHECK_EQ(pop3d::qpopper_stats("randy", {0, 0}, {1, 385}).view(), "Stats: randy 0 0 1 385 192.0.2.1 192.0.2.1");
}

// features: G01 G16 G17 G18 G19
TEST(qpoppers_lines) {
  const Client client;
  const std::string v = std::string("(v") + base::version + ") ";
  CHECK_EQ(pop3d::qpopper_stats("randy", {2, 7}, {1, 385}).view(),
           "Stats: randy 2 7 1 385 penguin.example.org 192.0.2.1");
  CHECK_EQ(pop3d::qpopper_timing("randy", true, 2999, 3000, 10).view(),
           v + "Timing for randy@penguin.example.org (normal) auth=2 init=3 clean=0");
  CHECK_EQ(pop3d::qpopper_failed("randy").view(),
           "[AUTH] Failed attempted login to randy from host (penguin.example.org) 192.0.2.1");
  CHECK_EQ(pop3d::qpopper_probe("randy").view(),
           "Possible probe of account randy from host penguin.example.org (192.0.2.1)");
  CHECK_EQ(pop3d::qpopper_timeout("randy", 120).view(),
           v + "Timeout (120 secs) during nw read from randy at penguin.example.org (192.0.2.1)");
  CHECK_EQ(pop3d::qpopper_eof("").view(), "(null) at penguin.example.org (192.0.2.1): -ERR POP EOF or I/O Error");
  CHECK_EQ(pop3d::qpopper_hangup("randy").view(),
           "randy at penguin.example.org (192.0.2.1): -ERR POP hangup from penguin.example.org");
}

// features: G08
TEST(tpopss_lines) {
  const Client client;
  CHECK_EQ(pop3d::tpops_has("login", "joe", {3, 1234}).view(), "login: joe has 3 messages (1234 octets)");
  CHECK_EQ(pop3d::tpops_client("connect from").view(), "connect from 192.0.2.1");
  CHECK_EQ(pop3d::tpops_failed("joe").view(), "authentication failed: joe");
}

// features: G04
TEST(the_access_log_has_tpopss_form) {
  const Client client;
  base::set_env("TZ", "UTC");
  pop3d::Access access{"joe", true, 1700000000, 1700000061, {12, 34567}, {10, 30000}};
  CHECK_EQ(pop3d::access_line(access).view(),
           "192.0.2.1 2023/11/14 22:13:20 2023/11/14 22:14:21 joe 12 34567 10 30000\n");
  access = {"a b)\n", false, 1700000000, 1700000000, {}, {}};
  CHECK_EQ(pop3d::access_line(access).view(),
           "192.0.2.1 2023/11/14 22:13:20 2023/11/14 22:13:20 (a\\x20b\\x29\\x0a) 0 0 0 0\n");
  access.user = {};
  CHECK(pop3d::access_line(access).view().ends_with(" () 0 0 0 0\n"));
  base::unset_env("TZ");
}
