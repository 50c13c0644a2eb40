// SPDX-License-Identifier: ISC
#include "base/env.h"

#include <unistd.h>

#include "tests/check.h"

TEST(variable_is_found_by_its_whole_name) {
  base::set_env("POP3_TEST", "value");
  base::set_env("POP3_TEST_FD", "7");
  CHECK_EQ(base::get_env("POP3_TEST"), "value");
  CHECK_EQ(base::get_env("POP3_TEST_FD"), "7");
  for (const char* name : {"POP3_TES", "POP3_TEST_", "POP3_TEST_F", "OP3_TEST", "pop3_test"}) CHECK_ROW(name, !base::has_env(name));
  base::unset_env("POP3_TEST");
  CHECK(!base::has_env("POP3_TEST") && base::has_env("POP3_TEST_FD"));
  base::unset_env("POP3_TEST");  // once more does no harm
  base::unset_env("POP3_TEST_FD");
}

TEST(value_may_be_empty_or_hold_an_equals_sign) {
  base::set_env("POP3_TEST", "");
  CHECK(base::has_env("POP3_TEST") && base::get_env("POP3_TEST").empty());
  base::set_env("POP3_TEST", "=a=b");
  CHECK_EQ(base::get_env("POP3_TEST"), "=a=b");
  base::unset_env("POP3_TEST");
}

TEST(environment_may_be_missing_or_odd) {
  char** const before = ::environ;
  char odd[] = "POP3_TEST", good[] = "POP3_OTHER=1";
  char* entries[] = {odd, good, nullptr};
  ::environ = entries;
  CHECK(!base::has_env("POP3_TEST"));
  CHECK_EQ(base::get_env("POP3_OTHER"), "1");
  ::environ = nullptr;
  CHECK(!base::has_env("POP3_TEST"));
  ::environ = before;
}
