// SPDX-License-Identifier: ISC
#include "checkpw/policy.h"

#include <cstdlib>

#include "base/failure.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using checkpw::Account;
using checkpw::Policy;
using checkpw::Proved;

Policy as_root() {
  Policy policy{};
  policy.block_uid = 99;
  policy.database_owner = 300;
  policy.login_uid = 301;
  policy.is_root = true;
  return policy;
}

Account account_of(uid_t uid, std::string stored = "{PLAIN}x") {
  Account account;
  account.uid = uid;
  account.gid = uid;
  account.home = "/";
  account.secrets = {std::move(stored)};
  return account;
}

std::string reason(const Policy& policy, const Account& account, Proved proved = Proved::by_password) {
  try {
    return std::string(checkpw::refusal(policy, "joe", account, proved));
  } catch (const base::Failure& failure) {
    return failure.what();
  }
}

Account with(std::vector<checkpw::RecordSetting> settings) {
  auto account = account_of(1000);
  account.settings = std::move(settings);
  return account;
}

}  // namespace

// features: B21 B22
TEST(uids_that_get_no_mail) {
  CHECK_EQ(reason(as_root(), account_of(1000)), "");
  CHECK_EQ(reason(as_root(), account_of(100)), "");
  CHECK_EQ(reason(as_root(), account_of(0)), "root");
  CHECK_EQ(reason(as_root(), account_of(99)), "blocked-uid");
  CHECK_EQ(reason(as_root(), account_of(300)), "own-uid");
  CHECK_EQ(reason(as_root(), account_of(301)), "own-uid");
  auto account = account_of(1000);
  account.groups = {5, 0};
  CHECK_EQ(reason(as_root(), account), "root-group");
  Policy self{};
  self.our_uid = 1000;
  CHECK_EQ(reason(self, account_of(1000)), "");
  CHECK_EQ(reason(self, account_of(1001)), "not-our-uid");
}

// features: B05 B06
TEST(a_password_is_refused_to_who_need_not_send_it) {
  auto policy = as_root();
  policy.cleartext_default = true;
  CHECK_EQ(reason(policy, account_of(1000)), "cleartext");
  CHECK_EQ(reason(policy, account_of(1000), Proved::by_challenge), "");
  CHECK_EQ(reason(policy, account_of(1000, "{CRYPT}ab1234567890.")), "");
}

TEST(pop3_enabled_is_the_services_word_and_the_records_wins) {
  struct { const char* service; const char* record; const char* reason; } const rows[] = {
      {"", nullptr, ""}, {"1", nullptr, ""}, {"0", nullptr, "disabled"}, {"0", "1", ""}, {"1", "0", "disabled"},
      {"0", "", ""}, {"x", nullptr, "POP3_ENABLED: not 0 or 1"}, {"1", "no", "POP3_ENABLED: not 0 or 1"}, {"x", "1", ""},
  };
  for (const auto& row : rows) {
    auto policy = as_root();
    policy.enabled = row.service;
    CHECK_EQ(reason(policy, row.record ? with({{"POP3_ENABLED", row.record}}) : account_of(1000)), row.reason);
  }
}

TEST(pop3_require_wants_tls_or_a_challenge_or_both) {
  struct { const char* words; bool has_tls; Proved proved; const char* reason; } const rows[] = {
      {"", false, Proved::by_password, ""},
      {"tls", false, Proved::by_password, "needs-tls"},
      {"tls", true, Proved::by_password, ""},
      {"TLS", false, Proved::by_challenge, "needs-tls"},
      {"apop", false, Proved::by_password, "needs-apop"},
      {"apop", true, Proved::by_password, "needs-apop"},
      {"apop", true, Proved::by_token, "needs-apop"},
      {"apop", false, Proved::by_challenge, ""},
      {"tls apop", false, Proved::by_challenge, "needs-tls"},
      {"apop  tls", true, Proved::by_password, "needs-apop"},
      {" tls apop ", true, Proved::by_challenge, ""},
      {"ssl", true, Proved::by_challenge, "POP3_REQUIRE: not tls, apop, or both"},
      {"tls,apop", true, Proved::by_challenge, "POP3_REQUIRE: not tls, apop, or both"},
  };
  for (const auto& row : rows) {
    auto policy = as_root();
    policy.has_tls = row.has_tls;
    CHECK_EQ(reason(policy, with({{"POP3_REQUIRE", row.words}}), row.proved), row.reason);
    policy.required = row.words;
    CHECK_EQ(reason(policy, account_of(1000), row.proved), row.reason);
    CHECK_EQ(reason(policy, with({{"POP3_REQUIRE", ""}}), row.proved), "");
  }
}

TEST(how_a_secret_was_proved) {
  using checkpw::how_proved, checkpw::Method;
  CHECK(how_proved(Method::password, true) == Proved::by_password);
  CHECK(how_proved(Method::unknown, true) == Proved::by_password);
  CHECK(how_proved(Method::unknown, false) == Proved::by_challenge);
  for (const auto method : {Method::apop, Method::cram_md5, Method::scram, Method::scram_plus, Method::external})
    CHECK(how_proved(method, false) == Proved::by_challenge);
  CHECK(how_proved(Method::token, false) == Proved::by_token);
}

// features: B18 B19 B20
TEST(files_of_logins_let_in_and_keep_out) {
  const Scratch scratch;
  scratch.write("joe", "ann\njoe\n");
  scratch.write("others", "ann\nbob\n");
  auto policy = as_root();
  policy.auth_file = scratch.path("joe");
  CHECK_EQ(reason(policy, account_of(1000)), "");
  CHECK_EQ(reason(policy, account_of(1000), Proved::by_challenge), "");
  policy.auth_file = scratch.path("others");
  CHECK_EQ(reason(policy, account_of(1000)), "auth-file");
  CHECK_EQ(reason(policy, account_of(1000), Proved::by_challenge), "auth-file");
  policy.auth_file = scratch.path("joe");
  policy.nonauth_file = scratch.path("joe");
  CHECK_EQ(reason(policy, account_of(1000)), "nonauth-file");
  policy.nonauth_file = scratch.path("others");
  CHECK_EQ(reason(policy, account_of(1000)), "");
  policy.auth_file = scratch.path("missing");
  CHECK_EQ(reason(policy, account_of(1000)), "open " + scratch.path("missing") + ": No such file or directory");
}

// features: B23
TEST(a_shell_must_be_listed_unless_any_is) {
  const Scratch scratch;
  auto policy = as_root();
  policy.shells = scratch.path("shells");
  auto account = account_of(1000);
  scratch.write("shells", "# shells\n/bin/sh\n/bin/bash\n");
  CHECK_EQ(reason(policy, account), "");  // none is /bin/sh
  account.shell = "/bin/bash";
  CHECK_EQ(reason(policy, account), "");
  account.shell = "/bin/false";
  CHECK_EQ(reason(policy, account), "shell");
  CHECK_EQ(reason(policy, account, Proved::by_challenge), "shell");
  scratch.write("shells", "/bin/bash\n");
  CHECK_EQ(reason(policy, account_of(1000)), "shell");
  for (const auto* line : {"/POPPER/ANY/SHELL\n", "/bin/sh\n/POPPER/ANY/SHELL/\n"}) {
    scratch.write("shells", line);
    CHECK_EQ(reason(policy, account), "");
  }
}

TEST(policy_comes_from_the_environment) {
  for (const char* name : {"TLS_PROTOCOL", "SSL_PROTOCOL", "POP3_CHECK_SHELL", "POP3_AUTH_FILE"}) ::unsetenv(name);
  auto policy = checkpw::read_policy(5);
  CHECK(policy.auth_file.empty() && policy.nonauth_file.empty() && policy.shells.empty() && !policy.has_tls &&
        policy.database_owner == 5 && policy.block_uid == 99);
  ::setenv("PROTO", "SSL", 1);
  ::setenv("POP3_CHECK_SHELL", "1", 1);
  ::setenv("POP3_AUTH_FILE", "a", 1);
  ::setenv("POP3_NONAUTH_FILE", "b", 1);
  ::setenv("POP3_ENABLED", "0", 1);
  ::setenv("POP3_REQUIRE", "tls", 1);
  policy = checkpw::read_policy(5);
  CHECK(policy.auth_file == "a" && policy.nonauth_file == "b" && policy.shells == "/etc/shells" && !policy.has_tls &&
        policy.enabled == "0" && policy.required == "tls");
  ::setenv("TLS_PROTOCOL", "TLSv1.3", 1);
  CHECK(checkpw::read_policy(5).has_tls);
}
