// SPDX-License-Identifier: ISC
// What lines of other servers' files come to.
#include "pop3d/conf_names.h"

#include "pop3d/conf_arguments.h"
#include "tests/check.h"

namespace {

using pop3d::Grammar;
using What = pop3d::Meaning::What;

// "NAME=VALUE", "include FILE", "idle" or "wrong: WHY".
std::string meaning_of(Grammar grammar, std::string_view text, pop3d::TpopsSizes& sizes) {
  const auto line = grammar == Grammar::qpopper ? pop3d::parse_qpopper_line(text) : pop3d::parse_tpops_line(text);
  const auto meaning = interpret(grammar, line, sizes);
  const std::string value(meaning.text.view());
  switch (meaning.what) {
    case What::sets:
      return std::string(meaning.setting->name) + '=' + value +
             (meaning.also ? ' ' + std::string(meaning.also->name) + '=' + std::string(meaning.also_text.view()) : "");
    case What::includes: return "include " + value;
    case What::no_effect: return *meaning.instead ? "idle" : "idle, and nothing does the job";
    case What::wrong: break;
  }
  return "wrong: " + value;
}

std::string qpopper(std::string_view text) {
  pop3d::TpopsSizes sizes;
  return meaning_of(Grammar::qpopper, text, sizes);
}
std::string tpops(std::string_view text) {
  pop3d::TpopsSizes sizes;
  return meaning_of(Grammar::tpops, text, sizes);
}

// features: I16
TEST(options_of_qpopper_act) { // Q1
  CHECK_EQ(qpopper("set announce-expire = 30"), "POP3_EXPIRE=30");
  CHECK_EQ(qpopper("set announce-expire = -1"), "POP3_EXPIRE=never");
  CHECK_EQ(qpopper("set announce-expire = never"), "POP3_EXPIRE=never");
  CHECK_EQ(qpopper("set announce-login-delay = 010"), "POP3_LOGIN_DELAY=8");
  CHECK_EQ(qpopper("set announce-login-delay = -1"), "POP3_LOGIN_DELAY=0");
  CHECK_EQ(qpopper("set auth-file = /etc/authfile"), "POP3_AUTH_FILE=/etc/authfile");
  CHECK_EQ(qpopper("set auto-delete"), "POP3_AUTO_DELETE=1");
  CHECK_EQ(qpopper("set Clear-Text-Password = SSL"), "POP3_CLEARTEXT=tls");
  CHECK_EQ(qpopper("set config-file = x"), "include x");
  CHECK_EQ(qpopper("set log-login = \"%1 %3\""), "POP3_LOG_LOGIN=%1 %3");
  CHECK_EQ(qpopper("set mail-command = /usr/sbin/sendmail"), "POP3_MAIL_COMMAND=/usr/sbin/sendmail -t -i -oem");
  CHECK_EQ(qpopper("set shy = FALSE"), "POP3_SHY=0");
  CHECK_EQ(qpopper("set timeout = 0x78"), "POP3_TIMEOUT=120");
  CHECK_EQ(qpopper("set tls-support = alternate-port"), "POP3_TLS=implicit");
  CHECK_EQ(qpopper("reset update-status-headers"), "POP3_MARK_SEEN=0");
  CHECK_EQ(qpopper("set NOUPDATEONABORT"), "POP3_UPDATE_ON_ABORT=0");
  CHECK_EQ(qpopper("set NO_STATUS = 0"), "POP3_MARK_SEEN=1");
}

TEST(options_of_qpopper_that_have_no_effect) { // Q1
  for (const char* line : {"set server-mode", "reset server-mode", "set hash-spool = 2", "set spool-dir = /var/mail",
                           "set chunky-writes = tls", "set log-facility = LOCAL3", "set tls-version = SSLv23", "set APOP = /etc/pop.auth"})
    CHECK_EQ(qpopper(line), "idle");
}

// features: F10 I04 I14
TEST(values_are_checked_even_where_they_have_no_effect) {
  CHECK_EQ(qpopper("set frobnicate"), "wrong: no such option");
  CHECK_EQ(qpopper("set server-mode = maybe"), "wrong: not yes or no, true or false, 1 or 0");
  CHECK_EQ(qpopper("set hash-spool = two"), "wrong: not a number");
  CHECK_EQ(qpopper("set hash-spool"), "wrong: the value is missing");
  CHECK_EQ(qpopper("reset hash-spool"), "wrong: is no boolean option, it cannot be reset");
  CHECK_EQ(qpopper("set chunky-writes = often"), "wrong: not one of default always never tls ssl");
  CHECK_EQ(qpopper("set spool-dir = " + std::string(256, 'x')), "wrong: longer than 255 characters");
  CHECK_EQ(qpopper("set tls-version = SSLv3"), "wrong: not one of default SSLv23 all TLSv1");  // F10
}

// features: I03
TEST(numbers_as_strtol_takes_them_with_base_0) {
  CHECK_EQ(qpopper("set timeout = +60"), "POP3_TIMEOUT=60");
  CHECK_EQ(qpopper("set timeout = 0X3C"), "POP3_TIMEOUT=60");
  CHECK_EQ(qpopper("set timeout = 074"), "POP3_TIMEOUT=60");
  for (const char* bad : {"-60", "08", "0x", "60s", "6 0", "18446744073709551616", "''"})
    CHECK_ROW(bad, qpopper(std::string("set timeout = ") + bad).starts_with("wrong: "));
  CHECK_EQ(qpopper("set timeout = 0"), "wrong: not a number from 1 to 86400");
}

TEST(our_own_names_may_stand_in_both) {
  CHECK_EQ(qpopper("set POP3_SHY"), "POP3_SHY=1");
  CHECK_EQ(qpopper("reset POP3_SHY"), "POP3_SHY=0");
  CHECK_EQ(qpopper("set POP3_SIZES = file"), "POP3_SIZES=file");
  CHECK_EQ(qpopper("set BLOCK_UID = 1000"), "BLOCK_UID=1000");
  CHECK_EQ(tpops("POP3_TIMEOUT=60"), "POP3_TIMEOUT=60");
  CHECK_EQ(tpops("POP3_SHY no"), "POP3_SHY=0");
  CHECK_EQ(tpops("POP3_SIZES = big"), "wrong: not exact, name or file");
  CHECK_EQ(tpops("POP3_SIZES"), "wrong: the value is missing");
  CHECK_EQ(tpops("POP3_TIMEOUTS = 1"), "wrong: no such parameter");
  CHECK_EQ(qpopper("reset POP3_SIZES"), "wrong: is no switch, it cannot be reset");
}

// features: D15 D18 H15
TEST(parameters_of_tpops_act) { // T1
  CHECK_EQ(tpops("connection-keep-time = 3600"), "POP3_CONNECTION_TIME=3600");
  CHECK_EQ(tpops("command-timeout 600"), "POP3_TIMEOUT=600");
  CHECK_EQ(tpops("access-log = /var/log/a"), "POP3_ACCESS_LOG=/var/log/a");
  CHECK_EQ(tpops("error-interval = 3"), "POP3_ERROR_INTERVAL=3 POP3_COMMAND_ERROR_INTERVAL=3");  // A29, A30
  CHECK_EQ(tpops("error-interval = 60"), "POP3_ERROR_INTERVAL=60 POP3_COMMAND_ERROR_INTERVAL=5");
  CHECK_EQ(tpops("error-interval = 61"), "wrong: not a number from 0 to 60");
  CHECK_EQ(tpops("domain = +example.org"), "POP3_DOMAIN=+example.org");
  CHECK_EQ(tpops("maildir-lock = no"), "POP3_LOCK=0");
  CHECK_EQ(tpops("maildir-uidl-convert = yes"), "POP3_UIDL_IMPORT=tpops");
  CHECK_EQ(tpops("maildir-uidl-convert = no"), "POP3_UIDL_IMPORT=");
  CHECK_EQ(tpops("config = other.conf"), "include other.conf");
}

// features: I12 I14
TEST(parameters_of_tpops_that_have_no_effect_or_are_wrong) { // T1
  for (const char* line : {"port = 110", "debug", "fg", "syslog = none", "auth-type mysql", "mysql-passwd = a b"})
    CHECK_EQ(tpops(line), "idle");
  CHECK_EQ(tpops("frobnicate = 1"), "wrong: no such parameter");
  CHECK_EQ(tpops("maildir-lock"), "wrong: not yes or no, true or false, 1 or 0");
  CHECK_EQ(tpops("max-use = many"), "wrong: not a number");
  CHECK_EQ(tpops("auth-type = ldap"), "wrong: not one of passwd mysql");
}

// Two switches of TPOPS are one word here: names first, as maildir-extended has precedence (T1.33, T1.34, D12, D13).
// features: D12 D13
TEST(sizes_of_tpops) {
  struct Row {
    const char* extended;
    const char* use_filesize;
    const char* sizes;
  };
  constexpr Row rows[] = {{"yes", "yes", "name"}, {"yes", "no", "name"}, {"no", "yes", "file"}, {"no", "no", "exact"}};
  for (const auto& row : rows)
    for (const bool reversed : {false, true}) {
      const auto extended = std::string("maildir-extended = ") + row.extended;
      const auto use_filesize = std::string("maildir-use-filesize = ") + row.use_filesize;
      pop3d::TpopsSizes sizes;
      meaning_of(Grammar::tpops, reversed ? use_filesize : extended, sizes);
      CHECK_EQ(meaning_of(Grammar::tpops, reversed ? extended : use_filesize, sizes), std::string("POP3_SIZES=") + row.sizes);
    }
  CHECK_EQ(tpops("maildir-extended = no"), "POP3_SIZES=file");
  CHECK_EQ(tpops("maildir-use-filesize = no"), "POP3_SIZES=name");
}

// Every setting given, and every finding, in the order in which they came.
std::string arguments(Grammar grammar, std::string_view text) {
  pop3d::ConfReader reader(pop3d::by_file, 0);
  read_arguments(reader, grammar, text);
  std::string result;
  for (const auto& given : reader.given()) result += std::string(given.setting->name) + '=' + std::string(given.value) + ' ';
  for (const auto& finding : reader.findings())
    result += std::string(finding.what == pop3d::Finding::What::no_effect ? "idle " : "wrong ") + std::string(finding.name) + ' ';
  if (!result.empty()) result.pop_back();
  return result;
}
std::string popper(std::string_view text) { return arguments(Grammar::unknown, text); }
std::string tpops_line(std::string_view text) { return arguments(Grammar::tpops, text); }

// features: I01
TEST(arguments_of_popper) {
  CHECK_EQ(popper(""), "");
  CHECK_EQ(popper("-s"), "POP3_STATISTICS=1");
  CHECK_EQ(popper("-sRT600"), "POP3_STATISTICS=1 POP3_TIMEOUT=600 idle reverse-lookup");
  CHECK_EQ(popper("-T 60 -T 30"), "POP3_TIMEOUT=30");  // the later wins
  CHECK_EQ(popper("-c -C -t '/var/log/a b'"), "POP3_DOWNCASE_USER=1 POP3_TRIM_DOMAIN=1 POP3_TRACE=/var/log/a b");
  CHECK_EQ(popper("199.46.50.7:8110 -S"), "idle 199.46.50.7:8110 idle server-mode");
  CHECK_EQ(popper("-v"), "idle -v");
  const char* const words[] = {"default", "never", "always", "local", "tls"};
  for (int i = 0; i < 5; ++i) CHECK_EQ(popper("-p" + std::to_string(i)), std::string("POP3_CLEARTEXT=") + words[i]);
  CHECK_EQ(popper("-l0"), "POP3_TLS=none");
  CHECK_EQ(popper("-l 2"), "POP3_TLS=implicit");
  CHECK_EQ(popper("-e login_delay=10,expire=5"), "POP3_LOGIN_DELAY=10 POP3_EXPIRE=5");  // A11
  CHECK_EQ(popper("-e expire="), "POP3_EXPIRE=never");
}

TEST(wrong_arguments_of_popper) {
  CHECK_EQ(popper("-q"), "wrong q");
  CHECK_EQ(popper("-s x"), "POP3_STATISTICS=1 wrong x");
  CHECK_EQ(popper("-T"), "wrong T");
  CHECK_EQ(popper("-p5"), "wrong clear-text-password");
  CHECK_EQ(popper("-l3"), "wrong tls-support");
  CHECK_EQ(popper("-e x=1"), "wrong x");
  CHECK_EQ(popper("-f /no/such/file"), "wrong ");
  CHECK_EQ(popper("-"), "wrong -");
}

TEST(flags_of_configure) { // Q2
  CHECK_EQ(popper("--enable-shy"), "POP3_SHY=1");
  CHECK_EQ(popper("--disable-shy"), "POP3_SHY=0");
  CHECK_EQ(popper("--disable-status"), "POP3_MARK_SEEN=0");
  CHECK_EQ(popper("--disable-update-abort"), "POP3_UPDATE_ON_ABORT=0");
  CHECK_EQ(popper("--enable-new-bulls=3"), "POP3_MAX_BULLETINS=3");
  CHECK_EQ(popper("--enable-popbulldir=/var/spool/p"), "POP3_POPBULL_DIR=/var/spool/p");
  CHECK_EQ(popper("--enable-auth-file=/etc/a --enable-nonauth-file=/etc/n"), "POP3_AUTH_FILE=/etc/a POP3_NONAUTH_FILE=/etc/n");
  CHECK_EQ(popper("--enable-log-login"), "POP3_LOG_LOGIN=(v%0) POP login by user \"%1\" at (%2) %3");
  CHECK_EQ(popper("--without-gdbm"), "idle --without-gdbm");
  CHECK_EQ(popper("--enable-bulletins"), "idle bulldir");
  CHECK_EQ(popper("--disable-bulletins"), "");
  CHECK_EQ(popper("--enable-new-bulls"), "wrong --enable-new-bulls");
  CHECK_EQ(popper("--enable-shy=1"), "wrong --enable-shy=1");
  CHECK_EQ(popper("--enable-frob"), "wrong --enable-frob");
  CHECK_EQ(popper("--shy"), "wrong --shy");
}

// features: I13
TEST(arguments_of_tpops) { // T1
  CHECK_EQ(tpops_line("--inetd"), "idle inetd");
  CHECK_EQ(tpops_line("--command-timeout=60 --domain=example.org"), "POP3_TIMEOUT=60 POP3_DOMAIN=example.org");
  CHECK_EQ(tpops_line("-p 8110 -u root -g wheel"), "idle port idle user idle group");
  CHECK_EQ(tpops_line("-x"), "wrong -x");
  CHECK_EQ(tpops_line("-p"), "wrong -p");
  CHECK_EQ(tpops_line("--frob=1"), "wrong frob");
  CHECK_EQ(tpops_line("word"), "wrong word");
  CHECK_EQ(tpops_line("-f /no/such/file"), "wrong ");
}

}  // namespace
