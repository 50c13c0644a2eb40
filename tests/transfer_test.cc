// SPDX-License-Identifier: ISC
#include "apoppasswd/transfer.h"

#include "tests/check.h"

namespace {

using namespace std::string_literals;
using apoppasswd::Line;
using apoppasswd::parse_line;
using checkpw::Account;

// What is wrong with TEXT; empty if nothing is.
std::string error_of(const std::string& text) {
  const auto parsed = parse_line(text);
  const auto wrong = std::get_if<std::string>(&parsed);
  return wrong ? *wrong : "";
}

Account account_of(std::vector<checkpw::StoredSecret> secrets) {
  Account account;
  account.uid = 1000;
  account.gid = 100;
  account.home = "/home/joe";
  account.secrets = std::move(secrets);
  return account;
}

// The secret of LINE as it would be stored; {PLAIN} unsealed.
std::vector<checkpw::StoredSecret> stored_of(const Line& line) {
  if (line.password.empty()) return line.account.secrets;
  return {{"{PLAIN}" + line.password, line.secret_name}};
}

// True if the lines of ACCOUNT are read back as it is, a line for each secret.
bool is_kept(const std::string& login, const Account& account) {
  std::string text = apoppasswd::format_lines(login, account);
  for (const auto& secret : account.secrets) {
    const auto end = text.find('\n');
    if (end == text.npos) return false;
    const auto parsed = parse_line(text.substr(0, end));
    text.erase(0, end + 1);
    const auto line = std::get_if<Line>(&parsed);
    if (!line || line->login != login || stored_of(*line) != std::vector{secret} || line->account.uid != account.uid ||
        line->account.gid != account.gid || line->account.groups != account.groups ||
        line->account.home != account.home || line->account.maildir != account.maildir ||
        line->account.settings != account.settings || line->account.shell != account.shell || line->account.is_system != account.is_system)
      return false;
  }
  return text.empty();
}

constexpr auto form = "not login:secret:uid:gid:home[:maildir[:options]]; "
                      "write a secret with a colon as {PLAIN}... with %3A";
constexpr auto bad_options = "options are not groups=N,N;shell=PATH;system;name=NAME;set=NAME=VALUE";

}  // namespace

TEST(line_with_a_password_leaves_it_to_be_stored) {
  const auto parsed = parse_line("joe:two words%3A:1000:100:/home/joe");
  const auto line = std::get_if<Line>(&parsed);
  CHECK(line && line->login == "joe" && line->password == "two words%3A" && !line->is_plain);
  CHECK(line && line->account.secrets.empty() && line->account.uid == 1000);
  CHECK(line && line->account.gid == 100 && line->account.home == "/home/joe");
}

TEST(line_with_a_stored_secret_takes_it_as_it_is) {
  const struct {
    std::string secret, stored;
  } table[] = {
      {"{PLAIN}sesame", "{PLAIN}sesame"},
      {"{PLAIN}a%3Ab%25c%3a", "{PLAIN}a:b%c:"},
      {"{PLAIN}%4a%4A%7E", "{PLAIN}JJ~"},
      {"{PLAIN}{PLAIN}x", "{PLAIN}{PLAIN}x"},
      {"{CRYPT}$6$salt$hash/.", "{CRYPT}$6$salt$hash/."},
      {"{CERT}joe@example.org", "{CERT}joe@example.org"},
      {"{OAUTH}248289761001", "{OAUTH}248289761001"},
      {"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
       "{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
  };
  for (const auto& row : table) {
    const auto parsed = parse_line("joe:" + row.secret + ":1000:100:/home/joe");
    const auto line = std::get_if<Line>(&parsed);
    CHECK_ROW(row.secret, line && stored_of(*line) == std::vector<checkpw::StoredSecret>{row.stored});
    CHECK_ROW(row.secret, line && line->is_plain == row.stored.starts_with("{PLAIN}"));
  }
}

TEST(line_with_maildir_and_options_in_any_order) {
  for (const auto options : {"groups=8,27;shell=/bin/false;system",
                             "system;groups=8,27;shell=/bin/false",
                             "shell=/bin/false;system;groups=8,27"}) {
    const auto parsed = parse_line("joe:x:1000:100:/home/joe:Mail dir:"s + options);
    const auto line = std::get_if<Line>(&parsed);
    CHECK_ROW(options, line && line->account.maildir == "Mail dir" && line->account.is_system &&
                           line->account.shell == "/bin/false" &&
                           line->account.groups == std::vector<gid_t>({8, 27}));
  }
}

TEST(line_with_empty_maildir_and_options_has_none) {
  for (const auto line : {"joe:x:1:1:/", "joe:x:1:1:/:", "joe:x:1:1:/::"})
    CHECK_EQ(error_of(line), "");
}

TEST(line_beyond_ascii_is_prepared) {
  // a decomposed u-umlaut; a soft hyphen and an ideographic space
  const auto parsed = parse_line("mu\xcc\x88ller:gru\xcc\x88n\xc2\xad\xe3\x80\x80tee:1000:100:/home/joe");
  const auto line = std::get_if<Line>(&parsed);
  CHECK(line && line->login == "m\xc3\xbcller");
  CHECK(line && line->password == "gr\xc3\xbcn tee");
}

TEST(line_that_is_malformed_is_refused_with_what_is_wrong) {
  const struct {
    std::string text, wrong;
  } table[] = {
      {"joe", form},
      {"joe:x:1:1", form},
      {"joe:x:1:1:/:m:system:more", form},
      {"joe:a:b:1:1:/:m:system", form},
      {":x:1:1:/", "login is empty"},
      {"a b:x:1:1:/", "login holds a blank, a colon or a slash"},
      {"-a:x:1:1:/", "login begins with a dot, a hyphen or a #"},
      {std::string(129, 'a') + ":x:1:1:/", "login is longer than 128 octets"},
      {"joe::1:1:/", "the secret is empty"},
      {"a\tb:x:1:1:/", "login holds a control character, or what is not UTF-8"},
      {"m\xfcller:x:1:1:/", "login holds a control character, or what is not UTF-8"},
      {"joe:a\tb:1:1:/", "the secret holds control characters, or what is not UTF-8"},
      {"joe:m\xfcll:1:1:/", "the secret is not UTF-8, or holds what SASLprep (RFC 4013) forbids"},
      {"joe:{PLAIN}m%fcll:1:1:/", "the secret is not UTF-8, or holds what SASLprep (RFC 4013) forbids"},
      {"joe:\xee\x80\x80:1:1:/", "the secret is not UTF-8, or holds what SASLprep (RFC 4013) forbids"},
      {"joe:{SEALED}id$AAAA:1:1:/", "a sealed secret opens nowhere else: write the password"},
      {"joe:{SCRAM-SHA-256}x:1:1:/", "not SCRAM keys (iterations,salt,StoredKey,ServerKey), or iterations not from 4096 to 100000"},
      {"joe:{CERT}:1:1:/", "the secret is empty"},
      {"joe:x:1:1:/::name=", bad_options},
      {"joe:x:1:1:/::name=a b", "a secret's name is 1 to 32 of a-z, 0-9 and hyphen"},
      {"joe:" + std::string(249, 'x') + ":1:1:/", "the secret is longer than 248 octets"},
      {"joe:{PLAIN}:1:1:/", "the secret is empty"},
      {"joe:{PLAIN}%0a:1:1:/", "the secret holds control characters, or what is not UTF-8"},
      {"joe:{MD5}x:1:1:/", "unknown scheme {MD5}; a password that begins so is written {PLAIN}..."},
      {"joe:{}x:1:1:/", "unknown scheme {}; a password that begins so is written {PLAIN}..."},
      {"joe:{PLAIN}%:1:1:/", "% without two hexadecimal digits behind it"},
      {"joe:{PLAIN}%3:1:1:/", "% without two hexadecimal digits behind it"},
      {"joe:{PLAIN}%3G:1:1:/", "% without two hexadecimal digits behind it"},
      {"joe:{PLAIN}100%x:1:1:/", "% without two hexadecimal digits behind it"},
      {"joe:{CRYPT}!:1:1:/", "the {CRYPT} secret is a locked one"},
      {"joe:{BCRYPT}x:1:1:/", "not a bcrypt hash"},
      {"joe:x::1:/", "uid is not a number above 0"},
      {"joe:x:0:1:/", "uid is not a number above 0"},
      {"joe:x:-1:1:/", "uid is not a number above 0"},
      {"joe:x:4294967296:1:/", "uid is not a number above 0"},
      {"joe:x:1:0:/", "gid is not a number above 0"},
      {"joe:x:1:users:/", "gid is not a number above 0"},
      {"joe:x:1:1:", "home is not an absolute path"},
      {"joe:x:1:1:home", "home is not an absolute path"},
      {"joe:x:1:1:/a\tb", "home holds a colon or a control character"},
      {"joe:x:1:1:/:a\x7f", "maildir holds a colon or a control character"},
      {"joe:x:1:1:/:" + std::string(1025, 'm'), "maildir is too long"},
      {"joe:x:1:1:/::quota=1", bad_options},
      {"joe:x:1:1:/::groups", bad_options},
      {"joe:x:1:1:/::groups=", bad_options},
      {"joe:x:1:1:/::groups=1,", bad_options},
      {"joe:x:1:1:/::groups=-1", bad_options},
      {"joe:x:1:1:/::system;", bad_options},
      {"joe:x:1:1:/::System", bad_options},
      {"joe:x:1:1:/::system=1", bad_options},
      {"joe:x:1:1:/::shell=a\tb", "shell holds a colon or a control character"},
  };
  for (const auto& row : table) CHECK_EQ(error_of(row.text), row.wrong);
}

TEST(lines_are_written_in_the_documented_form) {
  auto account = account_of({"{PLAIN}a:b%c"});
  CHECK_EQ(apoppasswd::format_lines("joe", account), "joe:{PLAIN}a%3Ab%25c:1000:100:/home/joe:\n");
  account.maildir = "Mail dir";
  account.groups = {8, 27};
  account.shell = "/bin/false";
  account.is_system = true;
  account.secrets.push_back("{CRYPT}$6$salt$hash");
  const auto rest = ":1000:100:/home/joe:Mail dir:groups=8,27;shell=/bin/false;system\n"s;
  CHECK_EQ(apoppasswd::format_lines("joe", account),
           "joe:{PLAIN}a%3Ab%25c" + rest + "joe:{CRYPT}$6$salt$hash" + rest);
}

TEST(lines_give_back_every_secret) {
  for (const auto& secret :
       {"{PLAIN}sesame"s, "{PLAIN}:"s, "{PLAIN}%"s, "{PLAIN}%3A"s, "{PLAIN}a:b%c::%%"s,
        "{PLAIN}{x}"s, "{PLAIN} "s, "{PLAIN}#"s, "{PLAIN}\\x"s,
        "{PLAIN}" + std::string(248, ':'), "{CRYPT}$6$salt$ha:sh%"s,
        "{BCRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"s,
        "{ARGON2ID}$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEg"s})
    CHECK_ROW(secret, is_kept("joe", account_of({secret})));
}

TEST(lines_give_back_an_account_with_everything) {
  auto account = account_of({"{PLAIN}a:b", {"{CRYPT}$6$salt$hash", "old"}, {"{PLAIN}c%d", "phone"}});
  account.maildir = "/var/mail/joe;x=1,2";
  account.groups = {8, 27, 4294967294u};
  account.shell = "/bin/false";
  account.is_system = true;
  account.settings = {{"POP3_REQUIRE", "tls apop"}, {"POP3_LOG_LOGIN", "%0:;=%%"}, {"POP3_READ_ONLY", ""}};
  CHECK(is_kept("joe@example.org", account));
}

TEST(settings_of_a_line_are_checked) {
  const auto line = [](const std::string& options) { return "joe:sesame-sesame:1000:100:/h::" + options; };
  CHECK_EQ(error_of(line("set=POP3_TIMEOUT=60;system;set=POP3_READ_ONLY=")), "");
  for (const auto* options : {"set=", "set=POP3_TIMEOUT", "set=POP3_TIMEOUT=%3", "set"}) CHECK_EQ(error_of(line(options)), bad_options);
  CHECK_EQ(error_of(line("set=PATH=/tmp")), "PATH is no setting of a record");
  CHECK_EQ(error_of(line("set=POP3_TIMEOUT=1;set=POP3_TIMEOUT=2")), "POP3_TIMEOUT is set twice");
  CHECK_EQ(error_of(line("set=POP3_TIMEOUT=%0A")), "POP3_TIMEOUT is too long, or holds a control character");
}

TEST(shell_that_a_line_could_not_hold_is_not_stored) {
  auto account = account_of({"{PLAIN}x"});
  account.shell = "/opt/a;b/sh";
  CHECK_EQ(checkpw::check_account(account).value_or("good"), "shell holds a semicolon");
}

TEST(no_line_of_a_login_looks_like_a_comment) {
  // -i passes over lines that begin with #, so that an export would lose the login
  const auto login = "#joe";
  const auto line = apoppasswd::format_lines(login, account_of({"{PLAIN}x"}));
  CHECK(checkpw::check_login_name(login) || !line.starts_with('#'));
}
