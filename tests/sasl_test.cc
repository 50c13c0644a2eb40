// SPDX-License-Identifier: ISC
#include "pop3d/sasl.h"

#include <string>

#include "tests/check.h"

namespace {

using namespace pop3d;
using namespace std::string_literals;

std::string shown(std::optional<NameAndSecret> parsed) {
  return parsed ? std::string(parsed->name) + "|" + std::string(parsed->secret) : "none";
}

std::string unescaped(std::string_view name) {
  const auto plain = unescape_name(name);
  return plain ? std::string(plain->view()) : "none";
}

}  // namespace

TEST(plain_has_a_name_and_a_password) {
  CHECK_EQ(shown(parse_plain("\0joe\0sesame"s)), "joe|sesame");
  CHECK_EQ(shown(parse_plain("joe\0joe\0two words"s)), "joe|two words");
  CHECK_EQ(shown(parse_plain("\0j\xc3\xb6\0\xc3\xa4"s)), "j\xc3\xb6|\xc3\xa4");
}

TEST(malformed_plain_is_none) {
  for (const auto& message : {""s, "joe"s, "\0joe"s, "\0joe\0"s, "\0\0sesame"s, "joe\0sesame"s,
                              "\0joe\0sesame\0"s, "\0joe\0ses\0ame"s})
    CHECK_EQ(shown(parse_plain(message)), "none");
}

TEST(plain_to_act_for_another_is_none) {
  CHECK_EQ(shown(parse_plain("ann\0joe\0sesame"s)), "none");
  CHECK_EQ(shown(parse_plain("JOE\0joe\0sesame"s)), "none");
}

TEST(cram_md5_is_split_at_its_last_blank) {
  CHECK_EQ(shown(parse_cram_md5("joe b913a602c7eda7a495b4e6e7334d3890")),
           "joe|b913a602c7eda7a495b4e6e7334d3890");
  CHECK_EQ(shown(parse_cram_md5("joe doe b9")), "joe doe|b9");
  CHECK_EQ(shown(parse_cram_md5("joe")), "none");
  CHECK_EQ(shown(parse_cram_md5(" b9")), "none");
  CHECK_EQ(shown(parse_cram_md5("")), "none");
}

TEST(oauthbearer_of_rfc_7628_s_4) {
  CHECK_EQ(shown(parse_oauthbearer("n,a=user@example.com,\1host=server.example.com\1port=143\1"
                                   "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1")),
           "user@example.com|vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  CHECK_EQ(shown(parse_oauthbearer("y,a=joe,\1auth=bearer x\1\1")), "joe|x");
}

TEST(malformed_oauthbearer_is_none) {
  for (const char* message :
       {"", "n", "n,", "n,,\1auth=Bearer x\1\1", "n,a=,\1auth=Bearer x\1\1", "p=tls-exporter,a=joe,\1auth=Bearer x\1\1",
        "n,a=joe\1auth=Bearer x\1\1", "n,a=joe,auth=Bearer x\1\1", "n,a=joe,\1auth=Bearer x\1", "n,a=joe,\1auth=Bearer x",
        "n,a=joe,\1auth=Basic x\1\1", "n,a=joe,\1auth=Bearer \1\1", "n,a=joe,\1auth=Bearer x\1auth=Bearer y\1\1",
        "n,a=joe,\1\1", "n,a=joe,\1auth=Bearer x\1\1z", "n,a=joe,\1auth=Bearer x\1\1\1"})
    CHECK_EQ(shown(parse_oauthbearer(message)), "none");
}

TEST(xoauth2_has_its_name_in_front) {
  CHECK_EQ(shown(parse_xoauth2("user=joe@example.org\1auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1")),
           "joe@example.org|ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
  for (const char* message : {"", "user=joe", "user=joe\1", "user=\1auth=Bearer x\1\1", "joe\1auth=Bearer x\1\1",
                              "user=joe\1auth=Bearer x\1", "user=joe\1auth=Bearer \1\1"})
    CHECK_EQ(shown(parse_xoauth2(message)), "none");
}

TEST(scram_name_stands_behind_the_gs2_header) {
  CHECK_EQ(*find_scram_name("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"), "user");
  CHECK_EQ(*find_scram_name("p=tls-exporter,a=joe,n=jo=2Ce,r=x"), "jo=2Ce");
  for (const char* message : {"", "n", "n,", "n,,", "n,,n=user", "n,,m=x,n=user,r=y", "n,,r=x,n=user,"})
    CHECK(!find_scram_name(message));
}

TEST(commas_and_equal_signs_in_names_are_escaped) {
  CHECK_EQ(unescaped("joe"), "joe");
  CHECK_EQ(unescaped("a=2Cb=3Dc"), "a,b=c");
  CHECK_EQ(unescaped(std::string(max_login, 'x')), std::string(max_login, 'x'));
  for (const auto& name : {"="s, "a="s, "a=2"s, "a=2c"s, "a=3d"s, "a=41"s, "=2C="s, std::string(max_login + 1, 'x')})
    CHECK_EQ(unescaped(name), "none");
}
