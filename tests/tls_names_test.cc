// SPDX-License-Identifier: ISC
#include "tls/names.h"

#include "tests/check.h"

TEST(normal_name_is_in_lower_case_without_the_last_dot) {
  CHECK_EQ(tls::normal_name("Mail.Example.ORG.", false), "mail.example.org");
  CHECK_EQ(tls::normal_name("localhost", false), "localhost");
  CHECK_EQ(tls::normal_name("_x.a-1.example", false), "_x.a-1.example");
}

TEST(normal_name_of_what_is_no_host_is_empty) {
  for (const std::string_view name :
       {std::string_view(), std::string_view("."), std::string_view(".a"), std::string_view("a..b"), std::string_view("a.."),
        std::string_view("a b"), std::string_view("a\0b", 3), std::string_view("a/b"), std::string_view("\xc3\xbc"),
        std::string_view("*.example.org"), std::string_view("a,b")})
    CHECK_EQ(tls::normal_name(name, false), "");
  CHECK_EQ(tls::normal_name(std::string(254, 'a'), false), "");
  CHECK_EQ(tls::normal_name(std::string(253, 'a'), false).size(), 253u);
}

TEST(normal_name_of_a_pattern_may_begin_with_a_star) {
  CHECK_EQ(tls::normal_name("*.Example.org", true), "*.example.org");
  for (const char* name : {"*", "*.", "a.*.org", "*a.org", "**.org", "*.*.org"})
    CHECK_EQ(tls::normal_name(name, true), "");
}

TEST(pattern_for_stands_for_the_first_label) {
  CHECK_EQ(tls::pattern_for("mail.example.org"), "*.example.org");
  CHECK_EQ(tls::pattern_for("org"), "");
}
