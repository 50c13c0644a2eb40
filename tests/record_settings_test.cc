// SPDX-License-Identifier: ISC
#include "checkpw/record_settings.h"

#include <set>

#include "pop3d/conf_table.h"
#include "tests/check.h"

namespace {

std::string wrong(const std::vector<checkpw::RecordSetting>& settings) {
  return checkpw::check_settings(settings).value_or("");
}

}  // namespace

TEST(a_record_may_set_what_the_table_of_settings_says) {
  std::set<std::string_view> in_table;
  for (const auto& setting : pop3d::settings())
    if ((setting.levels & pop3d::by_record) != 0 && setting.name != std::string_view("MAILDIR")) in_table.insert(setting.name);
  std::set<std::string_view> in_record;
  for (const auto name : checkpw::record_setting_names()) {
    CHECK_ROW(name, in_record.insert(name).second);
    CHECK_ROW(name, in_table.count(name) == 1);
  }
  for (const auto name : in_table) CHECK_ROW(name, in_record.count(name) == 1);
}

TEST(settings_of_a_record_are_known_and_not_twice_and_of_text) {
  CHECK_EQ(wrong({}), "");
  CHECK_EQ(wrong({{"POP3_TIMEOUT", "60"}, {"POP3_READ_ONLY", ""}, {"POP3_REQUIRE", "tls apop"}}), "");
  CHECK_EQ(wrong({{"POP3_TIMEOUT", "60"}, {"POP3_TIMEOUT", "70"}}), "POP3_TIMEOUT is set twice");
  for (const auto* name : {"", "PATH", "LD_PRELOAD", "MAILDIR", "HOME", "POP3_AUTH", "POP3_STATUS_FD", "POP3_RECORD",
                           "POP3_CLEARTEXT", "POP3_AUTH_FILE", "POP3_SESSION", "POP3_SANDBOX", "pop3_timeout", "POP3_TIMEOUT ",
                           "BLOCK_UID", "POP3_LITERAL_LOGIN", "POP3_CONNECTION_TIME", "POP3_STARTED", "TCPREMOTEIP"})
    CHECK_EQ(wrong({{name, "1"}}), std::string(name) + " is no setting of a record");
  CHECK_EQ(wrong({{"POP3_TIMEOUT", std::string(255, '1')}}), "");
  for (const auto& value : {std::string(256, '1'), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f")})
    CHECK_EQ(wrong({{"POP3_LOG_LOGIN", value}}), "POP3_LOG_LOGIN is too long, or holds a control character");
}

TEST(a_setting_is_found_by_its_name) {
  const std::vector<checkpw::RecordSetting> settings = {{"POP3_TIMEOUT", "60"}, {"POP3_READ_ONLY", ""}};
  CHECK_EQ(checkpw::find_setting(settings, "POP3_TIMEOUT").value_or("none"), "60");
  CHECK_EQ(checkpw::find_setting(settings, "POP3_READ_ONLY").value_or("none"), "");
  CHECK_EQ(checkpw::find_setting(settings, "POP3_LOCK").value_or("none"), "none");
}
