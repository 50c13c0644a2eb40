// SPDX-License-Identifier: ISC
#include "checkpw/account.h"

#include <algorithm>

#include "tests/check.h"

namespace {

using namespace std::string_literals;
using checkpw::Account;
using checkpw::decode;

Account full_account() {
  Account account;
  account.uid = 1000;
  account.gid = 100;
  account.groups = {100, 8, 4294967294u};
  account.home = "/home/joe";
  account.maildir = "Mail dir";
  account.shell = "/bin/false";
  account.is_system = true;
  account.settings = {{"POP3_REQUIRE", "tls apop"}, {"POP3_LOG_LOGIN", "a=%0;:"}, {"POP3_READ_ONLY", ""}};
  account.secrets = {"{PLAIN}sesame=~ ", {"{PLAIN}Gr\xc3\xbc\xc3\x9f" "e", "phone-2"}, "{CRYPT}ab1234567890."};
  return account;
}

Account small_account() {
  Account account;
  account.uid = 1;
  account.gid = 1;
  account.home = "/";
  account.secrets = {"{PLAIN}x"};
  return account;
}

bool is_same(const Account& a, const Account& b) {
  return a.uid == b.uid && a.gid == b.gid && a.groups == b.groups && a.home == b.home &&
         a.maildir == b.maildir && a.shell == b.shell && a.is_system == b.is_system &&
         a.settings == b.settings && a.secrets == b.secrets;
}

const std::string header_key(64, 'a');

// FIELDS as a record, each "name=value" ended by its NUL.
std::string record_of(const std::vector<std::string>& fields) {
  std::string record;
  for (const auto& field : fields) record += field + '\0';
  return record;
}

const std::vector<std::string> good_fields = {"v=1", "uid=1000", "gid=100", "home=/home/joe",
                                              "secret={PLAIN}sesame"};

std::string with(std::vector<std::string> more) {
  auto fields = good_fields;
  fields.insert(fields.end(), more.begin(), more.end());
  return record_of(fields);
}

// The good fields, but VALUE for the one that is called NAME.
std::string replaced(const std::string& name, const std::string& value) {
  auto fields = good_fields;
  for (auto& field : fields)
    if (field.starts_with(name + "=")) field = name + "=" + value;
  return record_of(fields);
}

std::string printable(std::string record) {
  std::replace(record.begin(), record.end(), '\0', '|');
  return record.substr(0, 100);
}

}  // namespace

TEST(account_is_the_same_behind_encode_and_decode) {
  for (const auto& account : {full_account(), small_account()}) {
    const auto decoded = decode(encode(account));
    CHECK(decoded && is_same(*decoded, account));
  }
}

TEST(account_of_the_largest_size_is_the_same_behind_encode_and_decode) {
  Account account = small_account();
  account.uid = account.gid = 4294967294u;
  account.groups.assign(checkpw::max_groups, 4294967294u);
  account.home = "/" + std::string(checkpw::max_path - 1, 'h');
  account.maildir = account.shell = std::string(checkpw::max_path, 'm');
  account.secrets.assign(checkpw::max_secrets - 1, "{PLAIN}" + std::string(checkpw::max_secret, 's'));
  account.secrets.emplace_back("{SEALED}id$" + std::string((checkpw::max_stored - 12) / 4 * 4, 'A'), std::string(checkpw::max_secret_name, 'n'));
  const auto decoded = decode(encode(account));
  CHECK(decoded && is_same(*decoded, account));
}

TEST(record_with_its_fields_in_any_order_is_read) {
  auto fields = good_fields;
  std::sort(fields.begin() + 1, fields.end());
  do {
    CHECK_ROW(printable(record_of(fields)), decode(record_of(fields)));
  } while (std::next_permutation(fields.begin() + 1, fields.end()));
}

TEST(record_without_a_field_it_needs_is_refused) {
  CHECK(decode(record_of(good_fields)));
  for (std::size_t i = 0; i < good_fields.size(); ++i) {
    auto fields = good_fields;
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_ROW(good_fields[i], !decode(record_of(fields)));
  }
}

TEST(record_with_an_id_or_the_groups_twice_is_refused) {
  for (const auto& field : {"uid=1000"s, "uid=1001"s, "gid=100"s})
    CHECK_ROW(field, !decode(with({field})));
  CHECK(!decode(with({"groups=1", "groups=2"})));
}

TEST(record_with_another_field_twice_is_refused) {
  for (const auto& field : {"home=/home/joe"s, "home=/home/eve"s, "v=1"s})
    CHECK_ROW(field, !decode(with({field})));
  for (const auto& field : {"maildir=a"s, "shell=a"s, "system=1"s})
    CHECK_ROW(field, decode(with({field})) && !decode(with({field, field})));
}

TEST(record_that_is_malformed_is_refused) {
  const std::string good = record_of(good_fields);
  const std::string bad[] = {
      ""s,
      "\0"s,
      "v=1"s,
      "v=1\0"s,
      "v=2" + good.substr(3),
      "v=10" + good.substr(3),
      "v=" + good.substr(3),
      good.substr(4) + "v=1\0"s,
      " " + good,
      good + '\0',
      good + "\0\0"s,
      good + "x",
      good.substr(0, good.size() - 1),
      with({"="}),
      with({"uid"}),
      with({"=1"}),
      with({"Shell=x"}),
      with({"shells=x"}),
      with({"quota=1"}),
      with({"system="}),
      with({"system=0"}),
      with({"system=2"}),
  };
  for (const auto& record : bad) CHECK_ROW(printable(record), !decode(record));
}

TEST(record_with_a_bad_number_is_refused) {
  for (const auto value : {"", " ", "-1", "+1", " 1", "1 ", "x", "1x", "0x1", "1.0", "4294967296",
                           "18446744073709551616", "99999999999999999999999"}) {
    CHECK_ROW(value, !decode(replaced("uid", value)));
    CHECK_ROW(value, !decode(replaced("gid", value)));
    CHECK_ROW(value, !decode(with({"groups="s + value})));
    CHECK_ROW(value, !decode(with({"groups=1,"s + value + ",2"})));
  }
}

TEST(record_with_the_id_that_means_no_id_is_refused) {
  // (uid_t)-1 tells setresuid(2) to change nothing
  CHECK(!decode(replaced("uid", "4294967295")));
  CHECK(!decode(replaced("gid", "4294967295")));
}

TEST(record_with_the_group_that_means_no_group_is_refused) {
  CHECK(!decode(with({"groups=4294967295"})));  // setgroups(2) would fail at every login
}

TEST(record_with_more_groups_or_secrets_than_may_be_is_refused) {
  std::string groups = "groups=1";
  for (std::size_t i = 1; i < checkpw::max_groups; ++i) groups += ",1";
  CHECK(decode(with({groups})));
  CHECK(!decode(with({groups + ",1"})));
  std::vector<std::string> secrets(checkpw::max_secrets - 1, "secret={PLAIN}x");
  CHECK(decode(with(secrets)));
  secrets.push_back("secret={PLAIN}x");
  CHECK(!decode(with(secrets)));
}

TEST(record_with_a_bad_path_is_refused) {
  const auto too_long = "/" + std::string(checkpw::max_path, 'x');
  for (const auto& path : {"/a:b"s, "/a\nb"s, "/a\x7f"s, too_long}) {
    CHECK_ROW(path, !decode(replaced("home", path)));
    CHECK_ROW(path, !decode(with({"maildir=" + path})));
    CHECK_ROW(path, !decode(with({"shell=" + path})));
  }
  for (const auto& home : {""s, "home/joe"s, "."s, " /"s})
    CHECK_ROW(home, !decode(replaced("home", home)));
}

TEST(record_with_a_bad_secret_is_refused) {
  for (const auto& secret : {""s, "sesame"s, "{PLAIN}"s, "{plain}x"s, "{MD5}x"s, "{PLAIN"s,
                             "{PLAIN}" + std::string(checkpw::max_secret + 1, 'x')})
    CHECK_ROW(secret, !decode(replaced("secret", secret)) && !decode(with({"secret=" + secret})));
}

TEST(record_with_a_bad_setting_is_refused) {
  CHECK(decode(with({"set:POP3_TIMEOUT=60", "set:POP3_READ_ONLY="})));
  for (const auto& field : {"set:=1"s, "set:PATH=/tmp"s, "set:MAILDIR=x"s, "set:POP3_AUTH=user"s, "set:POP3_TIMEOUT"s, "set=1"s,
                            "set:POP3_TIMEOUT=\n"s, "set:POP3_TIMEOUT="s + std::string(256, '1'), "SET:POP3_TIMEOUT=1"s})
    CHECK_ROW(field, !decode(with({field})));
  CHECK(!decode(with({"set:POP3_TIMEOUT=60", "set:POP3_TIMEOUT=60"})));
}

TEST(secret_with_a_name_is_kept_with_it) {
  const auto account = decode(with({"secret:phone={PLAIN}x", "secret:a-1={CERT}joe@example.org"}));
  CHECK(account && account->secrets.size() == 3 && account->secrets[0].name.empty());
  CHECK(account && account->secrets[1] == checkpw::StoredSecret("{PLAIN}x", "phone"));
  CHECK(account && account->secrets[2] == checkpw::StoredSecret("{CERT}joe@example.org", "a-1"));
  CHECK(decode(record_of({"v=1", "uid=1", "gid=1", "home=/", "secret:phone={PLAIN}x"})));
}

TEST(record_with_a_bad_name_of_a_secret_is_refused) {
  for (const auto& name : {"secret:"s, "secret:A"s, "secret:a b"s, "secret:a_b"s, "secret: "s, "secret:a:b"s, "secretx"s,
                           "secret:\xc3\xbc"s, "secret:" + std::string(33, 'a')})
    CHECK_ROW(name, !decode(with({name + "={PLAIN}x"})));
  CHECK(decode(with({"secret:" + std::string(32, 'a') + "={PLAIN}x"})));
  CHECK(!decode(with({"secret:phone={PLAIN}x", "secret:phone={PLAIN}y"})));
}

TEST(record_that_is_cut_is_refused_or_lacks_whole_secrets_only) {
  const auto whole = full_account();
  const auto record = encode(whole);
  const auto without_last = record.size() - ("secret=" + whole.secrets[2].stored).size() - 1;
  for (std::size_t size = 0; size < record.size(); ++size) {
    auto account = decode(std::string_view(record).substr(0, size));
    const bool lacks_two = size == without_last - ("secret:phone-2=" + whole.secrets[1].stored).size() - 1;
    CHECK_ROW(size, account.has_value() == (size == without_last || lacks_two));
    if (!account || lacks_two) continue;
    account->secrets.push_back(whole.secrets[2]);
    CHECK(is_same(*account, whole));
  }
}

TEST(login_name_that_may_be_stored) {
  for (const auto& name : {"j"s, "joe"s, "joe@example.org"s, "Joe.Doe+x"s, "a-b.c"s, "1"s, "a%b"s,
                           "m\xc3\xbcller"s, "\xe5\xb1\xb1\xe7\x94\xb0"s, std::string(checkpw::max_login, 'x')})
    CHECK_ROW(name, !checkpw::check_login_name(name));
}

TEST(login_name_that_may_not_be_stored) {
  for (const auto& name : {""s, "."s, ".."s, ".joe"s, "-joe"s, "a/b"s, "/"s, "a:b"s, "a b"s, " a"s,
                           "a\n"s, "a\0b"s, "m\xfcller"s, "\x7f"s, "a\t"s,
                           "mu\xcc\x88ller"s, "a\xc2\xa0" "b"s, "a\xc2\xad" "b"s, "a\xc2\x85"s,
                           std::string(checkpw::max_login + 1, 'x')})
    CHECK_ROW(name, checkpw::check_login_name(name));
}

TEST(header_is_the_same_behind_encode_and_decode) {
  const auto header = checkpw::decode_header(encode(checkpw::Header{"BCRYPT", "{PLAIN}x", header_key}));
  CHECK(header && header->scheme == "BCRYPT" && header->dummy == "{PLAIN}x" && header->key == header_key);
}

TEST(header_of_the_first_version_has_no_key) {
  const auto header = checkpw::decode_header(encode(checkpw::Header{"PLAIN", "{PLAIN}x", ""}));
  CHECK(header && header->key.empty());
}

TEST(header_that_is_malformed_is_refused) {
  const std::string bad[] = {
      ""s,
      "v=1\0"s,
      record_of({"v=2", "scheme=PLAIN", "dummy={PLAIN}x"}),
      record_of({"v=1", "scheme=PLAIN"}),
      record_of({"v=1", "dummy={PLAIN}x"}),
      record_of({"v=1", "dummy={PLAIN}x", "scheme=PLAIN"}),
      record_of({"v=1", "scheme=PLAIN", "dummy={PLAIN}x", "more=1"}),
      record_of({"v=1", "scheme=PLAIN", "dummy={PLAIN}x"}) + "\0"s,
      record_of({"v=1", "scheme=PLAIN", "scheme=PLAIN", "dummy={PLAIN}x"}),
      record_of({"v=1", "scheme=MD5", "dummy={PLAIN}x"}),
      record_of({"v=1", "scheme=", "dummy={PLAIN}x"}),
      record_of({"v=1", "scheme=CERT", "dummy={PLAIN}x"}),
      record_of({"v=1", "scheme=PLAIN", "dummy={PLAIN}x", "key="}),
      record_of({"v=1", "scheme=PLAIN", "dummy={PLAIN}x", "key=" + header_key.substr(1)}),
      record_of({"v=1", "scheme=PLAIN", "dummy={PLAIN}x", "key=" + header_key + "0"}),
      record_of({"v=1", "scheme=PLAIN", "dummy={PLAIN}x", "key=" + header_key.substr(1) + "g"}),
      record_of({"v=1", "scheme=PLAIN", "dummy={PLAIN}x", "key=" + header_key, "key=" + header_key}),
      record_of({"v=1", "scheme=PLAIN", "key=" + header_key, "dummy={PLAIN}x"}),
      record_of({"v=1", "scheme=PLAIN", "dummy=x"}),
      record_of({"v=1", "scheme=PLAIN", "dummy="}),
  };
  for (const auto& record : bad) CHECK_ROW(printable(record), !checkpw::decode_header(record));
}

TEST(header_that_is_cut_is_refused_or_lacks_its_key) {
  const auto record = encode(checkpw::Header{"PLAIN", "{PLAIN}x", header_key});
  const auto without_key = record.size() - ("key=" + header_key).size() - 1;
  for (std::size_t size = 0; size < record.size(); ++size)
    CHECK_ROW(size, checkpw::decode_header(std::string_view(record).substr(0, size)).has_value() == (size == without_key));
}
