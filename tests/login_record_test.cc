// SPDX-License-Identifier: ISC
#include "checkpw/login_record.h"

#include "tests/check.h"

using namespace std::string_view_literals;
using checkpw::Method;

TEST(login_record_gives_its_three_fields) {
  const struct {
    std::string_view record, name, response, timestamp;
  } table[] = {
      {"joe\0sesame\0<1@h>\0"sv, "joe", "sesame", "<1@h>"},
      {"joe\0sesame\0\0"sv, "joe", "sesame", ""},
      {"joe\0\0\0"sv, "joe", "", ""},
      {"joe\0sesame\0\0and what it likes"sv, "joe", "sesame", ""},
      {"joe\0two words\0Y123456\0\0\0"sv, "joe", "two words", "Y123456"},
  };
  for (const auto& row : table) {
    const auto login = checkpw::parse_login(row.record);
    CHECK_ROW(row.record, login && login->name == row.name && login->response == row.response &&
                              login->timestamp == row.timestamp);
  }
}

TEST(login_record_that_is_malformed_is_refused) {
  for (const auto record : {""sv, "\0"sv, "\0\0\0"sv, "\0sesame\0\0"sv, "joe"sv, "joe\0"sv,
                            "joe\0sesame"sv, "joe\0sesame\0"sv, "joe\0sesame\0<1@h>"sv})
    CHECK_ROW(record, !checkpw::parse_login(record));
}

TEST(login_record_cut_anywhere_is_refused) {
  const auto record = "joe\0sesame\0<1896.697170952@dbc.mtview.ca.us>\0"sv;
  for (std::size_t size = 0; size < record.size(); ++size)
    CHECK_ROW(size, !checkpw::parse_login(record.substr(0, size)));
}

TEST(method_is_known_by_its_exact_name) {
  CHECK(checkpw::parse_method("") == Method::unknown);
  CHECK(checkpw::parse_method("user") == Method::password);
  CHECK(checkpw::parse_method("plain") == Method::password);
  CHECK(checkpw::parse_method("login") == Method::password);
  CHECK(checkpw::parse_method("apop") == Method::apop);
  CHECK(checkpw::parse_method("cram-md5") == Method::cram_md5);
  CHECK(checkpw::parse_method("external") == Method::external);
  CHECK(checkpw::parse_method("oauthbearer") == Method::token);
  CHECK(checkpw::parse_method("xoauth2") == Method::token);
  CHECK(checkpw::parse_method("scram-sha-256") == Method::scram);
  CHECK(checkpw::parse_method("scram-sha-256-plus") == Method::scram_plus);
}

TEST(login_record_of_external_has_a_name_and_of_scram_three_fields_more) {
  const auto record = "joe\0final\0nonce\0first\0aa\0\0"sv;
  const auto scram = checkpw::parse_login(record, Method::scram);
  CHECK(scram && scram->response == "final" && scram->timestamp == "nonce");
  CHECK(scram && scram->more[0] == "first" && scram->more[1] == "aa" && scram->more[2].empty());
  const auto external = checkpw::parse_login("joe\0aabb\0<1@h>\0joe@example.org\0"sv, Method::external);
  CHECK(external && external->more[0] == "joe@example.org");
  for (std::size_t size = 0; size < record.size(); ++size)
    CHECK_ROW(size, !checkpw::parse_login(record.substr(0, size), Method::scram_plus));
  CHECK(!checkpw::parse_login("joe\0aabb\0<1@h>\0joe@example.org"sv, Method::external));
}

TEST(login_record_of_scram_may_be_longer) {
  CHECK_EQ(checkpw::max_record_of(Method::cram_md5), 512u);
  CHECK_EQ(checkpw::max_record_of(Method::scram), 2048u);
  CHECK_EQ(checkpw::max_record_of(Method::scram_plus), 2048u);
}

TEST(method_that_is_unknown_is_refused) {
  for (const auto text : {"USER", "Apop", "pass", "password", "user ", " user", "apo", "apop\n", "cram", "CRAM-MD5",
                          "scram", "scram-sha-1", "scram-sha-256-plus-", "oauth"})
    CHECK_ROW(text, !checkpw::parse_method(text));
}

TEST(digest_is_32_hexadecimal_digits) {
  for (const auto text : {"c4c9334bac560ecc979e58001b3e22fb", "C4C9334BAC560ECC979E58001B3E22FB",
                          "00000000000000000000000000000000", "abcdefABCDEF01234567890123456789"})
    CHECK_ROW(text, checkpw::looks_like_digest(text));
}

TEST(digest_of_another_form_is_none) {
  for (const auto text : {"", "c4c9334bac560ecc979e58001b3e22f",
                          "c4c9334bac560ecc979e58001b3e22fbb",
                          "c4c9334bac560ecc979e58001b3e22fg", " c4c9334bac560ecc979e58001b3e22f",
                          "0xc4c9334bac560ecc979e58001b3e22", "c4c9334bac560ecc979e58001b3e22f\n"})
    CHECK_ROW(text, !checkpw::looks_like_digest(text));
}
