// SPDX-License-Identifier: ISC
// The table of settings, and that of other servers' names.
#include "pop3d/conf_table.h"

#include <set>

#include "checkpw/record_settings.h"
#include "pop3d/conf_names.h"
#include "tests/check.h"

namespace {

using pop3d::find_setting;
using pop3d::Setting;

std::string wrong(const char* name, std::string_view value) {
  return std::string(pop3d::wrong_value(*find_setting(name), value).view());
}

TEST(each_setting_has_a_name_of_its_own_and_something_to_say) {
  std::set<std::string> names;
  for (const auto& setting : pop3d::settings()) {
    CHECK_ROW(setting.name, names.insert(setting.name).second);
    CHECK_ROW(setting.name, find_setting(setting.name) == &setting);
    CHECK_ROW(setting.name, index_of(setting) < pop3d::settings().size());
    CHECK_ROW(setting.name, *setting.what != '\0' && *setting.readers != '\0');
    CHECK_ROW(setting.name, !describe_values(setting).empty());
  }
  CHECK(!find_setting("") && !find_setting("POP3_") && !find_setting("pop3_timeout"));
}

TEST(each_default_is_a_value_that_it_may_have) {
  for (const auto& setting : pop3d::settings()) {
    const std::string_view otherwise = setting.otherwise;
    const bool is_said_in_words = otherwise.find_first_of(" `'") != otherwise.npos || find_setting(otherwise);
    if (!is_said_in_words) CHECK_ROW(setting.name, wrong_value(setting, otherwise).empty());
  }
}

// What a user's file may set has to be harmless to others and to the machine; a new line in the table is not enough.
TEST(users_may_set_just_these) {
  const std::set<std::string> whitelist = {
      "POP3_TIMEOUT", "POP3_WRITE_TIMEOUT", "POP3_MARK_SEEN", "POP3_MOVE_NEW",  "POP3_MAX_BULLETINS",
      "POP3_NO_MIME", "POP3_DELETE",        "POP3_READ_ONLY", "POP3_AUTO_DELETE"};
  std::set<std::string> found;
  for (const auto& setting : pop3d::settings())
    if ((setting.levels & pop3d::by_user) != 0) found.insert(setting.name);
  CHECK(found == whitelist);
}

TEST(what_decides_over_the_login_is_no_matter_of_what_comes_after_it) {
  for (const auto& setting : pop3d::settings()) {
    const std::string_view readers = setting.readers;
    const bool is_read_later = readers.find("pop3d") != readers.npos || readers == "bulletins" || readers == "relay-allow" || readers == "all";
    if ((setting.levels & (pop3d::by_user | pop3d::by_directory)) != 0) CHECK_ROW(setting.name, is_read_later);
  }
}

// checkpw has a list of its own, since no folder includes headers of both.
TEST(what_a_record_may_set_is_the_same_in_checkpw) {
  std::set<std::string_view> here;
  for (const auto& setting : pop3d::settings())
    if ((setting.levels & pop3d::by_record) != 0 && std::string_view(setting.name) != "MAILDIR") here.insert(setting.name);
  for (const auto name : checkpw::record_setting_names()) CHECK_ROW(name, here.erase(name) == 1);
  for (const auto name : here) CHECK_ROW(name, !"in checkpw's list");
}

TEST(good_and_bad_values) {
  struct Row {
    const char* name;
    const char* value;
    const char* wrong;
  };
  constexpr Row rows[] = {
      {"POP3_TIMEOUT", "", ""},
      {"POP3_TIMEOUT", "1", ""},
      {"POP3_TIMEOUT", "86400", ""},
      {"POP3_TIMEOUT", "0", "not a number from 1 to 86400"},
      {"POP3_TIMEOUT", "86401", "not a number from 1 to 86400"},
      {"POP3_TIMEOUT", "+1", "not a number from 1 to 86400"},
      {"POP3_TIMEOUT", "1 ", "not a number from 1 to 86400"},
      {"POP3_TIMEOUT", "99999999999999999999999", "not a number from 1 to 86400"},
      {"POP3_EXPIRE", "never", ""},
      {"POP3_EXPIRE", "Never", "not a number from 0 to 36500, or never"},
      {"POP3_SHY", "1", ""},
      {"POP3_SHY", "yes", "not 0 or 1"},
      {"POP3_SIZES", "exact", ""},
      {"POP3_SIZES", "Exact", "not exact, name or file"},
      {"POP3_SIZES", "exact name", "not exact, name or file"},
      {"POP3_REQUIRE", "tls apop", ""},
      {"POP3_REQUIRE", "tls ssl", "not of tls apop"},
      {"POP3_MECHANISMS", "PLAIN  apop ", ""},
      {"POP3_GREETING", "Welcome, all of you", ""},
      {"POP3_GREETING", "Welcome <x>", "holds one of \"<>\""},
      {"POP3_DOMAIN", "a\nb", "holds a control character"},
      {"POP3_AUTH_FILE", "/etc/users", ""},
      {"POP3_AUTH_FILE", "users", "not an absolute path"},
      {"POP3_GUESSES", "guesses", ""},
      {"POP3_OAUTH", " ", "names no program"},
      {"POP3_LOG_LOGIN", "%0 %1 %2 %3 %%", ""},
      {"POP3_LOG_LOGIN", "%4", "% must be followed by 0, 1, 2, 3 or %"},
      {"POP3_LOG_LOGIN", "%", "% must be followed by 0, 1, 2, 3 or %"},
  };
  for (const auto& row : rows) CHECK_EQ(wrong(row.name, row.value), row.wrong);
}

TEST(levels_in_letters) {
  CHECK_EQ(pop3d::describe_levels(0).view(), "-");
  CHECK_EQ(pop3d::describe_levels(find_setting("POP3_TIMEOUT")->levels).view(), "fsaudr");
  CHECK_EQ(pop3d::describe_levels(find_setting("MAILDIR")->levels).view(), "dr");
  CHECK_EQ(pop3d::describe_levels(find_setting("POP3_TRIES")->levels).view(), "fsa");
}

void check_names(std::span<const pop3d::ForeignName> names) {
  std::set<std::string> seen;
  for (const auto& name : names) {
    std::string lower;
    for (const char* c = name.name; *c; ++c) lower += base::lower(*c);
    CHECK_ROW(name.name, seen.insert(lower).second);
    const bool includes = std::string_view(name.name).starts_with("config");
    CHECK_ROW(name.name, includes || (*name.setting != '\0') == (*name.instead == '\0'));
    const auto setting = find_setting(name.setting);
    CHECK_ROW(name.name, *name.setting == '\0' || setting);
    if (name.type == pop3d::Type::words) CHECK_ROW(name.name, *name.meanings != '\0');
    for (std::string_view meanings = name.meanings; setting && !meanings.empty();) {
      const auto pair = pop3d::take_word(meanings);
      CHECK_ROW(name.name, wrong_value(*setting, pair.substr(pair.find('=') + 1)).empty());
    }
  }
}

TEST(each_name_of_another_server_acts_or_says_what_does_the_job) { // Q1, T1
  check_names(pop3d::qpopper_options());
  check_names(pop3d::tpops_parameters());
}

TEST(each_configure_flag_is_an_option_or_says_what_does_the_job) { // Q2
  for (const auto& flag : pop3d::configure_flags()) {
    CHECK_ROW(flag.name, (*flag.option != '\0') == (*flag.instead == '\0'));
    const bool is_known = pop3d::find_foreign(pop3d::Grammar::qpopper, flag.option) || find_setting(flag.option);
    CHECK_ROW(flag.name, *flag.option == '\0' || is_known);
  }
}

// features: I01
TEST(each_letter_is_an_option) {
  for (const auto& letter : pop3d::popper_letters())
    CHECK_ROW(letter.letter, letter.letter == 'e' || pop3d::find_foreign(pop3d::Grammar::qpopper, letter.option));
}

}  // namespace
