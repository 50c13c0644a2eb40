// SPDX-License-Identifier: ISC
// Files of settings: which are read, and what who may set by them.
#include "pop3d/conf_read.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using pop3d::ConfReader;
using pop3d::Finding;
using pop3d::Grammar;

constexpr Grammar unknown = Grammar::unknown;

// Another user than us, whom files may belong to or not.
uid_t stranger() { return ::geteuid() + 1; }

std::string base_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

// "NAME=VALUE@FILE:LINE" of each setting, "NAME!FILE:LINE TEXT" of each error or line that is skipped; those without effect are
// left out.
std::string show(const ConfReader& reader) {
  std::string text;
  for (const auto& given : reader.given())
    text += std::string(given.setting->name) + '=' + std::string(given.value) + '@' + base_name(given.place.file) + ':' +
            std::to_string(given.place.line) + '\n';
  for (const auto& finding : reader.findings())
    if (finding.what != Finding::What::no_effect)
      text += std::string(finding.name) + '!' + base_name(finding.place.file) + ':' + std::to_string(finding.place.line) + ' ' +
              std::string(finding.text) + '\n';
  return text;
}

std::string read(const Scratch& scratch, const char* name, pop3d::Levels source = pop3d::by_file, uid_t user = ::geteuid()) {
  ConfReader reader(source, user);
  reader.read_file(scratch.path(name), unknown);
  return show(reader);
}

std::string read_as_user(std::string_view text) {
  ConfReader reader(pop3d::by_user, ::geteuid());
  reader.read_text(".pop3", text, unknown);
  return show(reader);
}

std::string read_as_directory(std::string_view text) {
  ConfReader reader(pop3d::by_directory, stranger());
  reader.read_text("joe", text, unknown);
  return show(reader);
}

// features: I04
TEST(the_last_line_wins_and_all_mistakes_are_found) {
  Scratch scratch;
  scratch.write("a", "set timeout = 60\nset frob\nset shy\nset timeout = 30\nset timeout = 0");
  CHECK_EQ(read(scratch, "a"),
           "POP3_TIMEOUT=30@a:4\nPOP3_SHY=1@a:3\n"
           "frob!a:2 no such option\ntimeout!a:5 not a number from 1 to 86400\n");
}

TEST(what_has_no_effect_is_found_once) {
  ConfReader reader(pop3d::by_file, 0);
  reader.read_text("a", "set server-mode\nreset Server-Mode\nset fast-update", unknown);
  CHECK_EQ(reader.findings().size(), 2u);
  CHECK_EQ(reader.findings()[0].place.line, 1u);
}

// features: I02 F05
TEST(a_file_includes_others_from_where_it_is) {
  Scratch scratch;
  scratch.make_directory("d");
  scratch.write("a", "set timeout = 60\nset config-file = d/b\nset shy = false\n");
  scratch.write("d/b", "set shy\nset config-file = c\n");
  scratch.write("d/c", "set timeout = 90\n");
  CHECK_EQ(read(scratch, "a"), "POP3_TIMEOUT=90@c:1\nPOP3_SHY=0@a:3\n");
  scratch.write("t", "command-timeout = 60\nconfig = " + scratch.path("u") + "\n");
  scratch.write("u", "error-interval 3\n");
  CHECK_EQ(read(scratch, "t"), "POP3_TIMEOUT=60@t:1\nPOP3_ERROR_INTERVAL=3@u:1\nPOP3_COMMAND_ERROR_INTERVAL=3@u:1\n");
}

// features: I02
TEST(files_that_include_each_other) {
  Scratch scratch;
  scratch.write("a", "set config-file = b\n");
  scratch.write("b", "set config-file = a\n");
  CHECK_EQ(read(scratch, "a"), "!a:0 includes itself\n");
}

// features: I02
TEST(files_nested_16_deep_and_17) {
  Scratch scratch;
  for (int i = 1; i <= 17; ++i)
    scratch.write(std::to_string(i), "set config-file = " + std::to_string(i + 1) + "\n");
  scratch.write("17", "set shy\n");
  CHECK_EQ(read(scratch, "2"), "POP3_SHY=1@17:1\n");
  CHECK_EQ(read(scratch, "1"), "!17:0 files are nested deeper than 16\n");
}

TEST(one_file_many_times_is_not_endless) {
  Scratch scratch;
  std::string many;
  for (int i = 0; i < 150; ++i) many += "set config-file = b\n";
  scratch.write("a", many);
  scratch.write("b", "set shy\n");
  CHECK(read(scratch, "a").find("more than 100 files") != std::string::npos);
}

// features: I02 I06 I07 N15
TEST(files_that_are_not_read) {
  Scratch scratch;
  scratch.write("good", "set shy\n");
  scratch.write("group", "set shy\n");
  ::chmod(scratch.path("group").c_str(), 0620);
  scratch.write("others", "set shy\n");
  ::chmod(scratch.path("others").c_str(), 0602);
  scratch.make_directory("directory");
  ::mkfifo(scratch.path("fifo").c_str(), 0600);
  CHECK_EQ(::symlink("good", scratch.path("link").c_str()), 0);
  scratch.write("large", std::string(8193, '\n'));
  scratch.write("just", std::string(8192, '\n'));
  for (const auto source : {pop3d::by_file, pop3d::by_user, pop3d::by_directory}) {
    const uid_t user = source == pop3d::by_directory ? stranger() : ::geteuid();
    CHECK_EQ(read(scratch, "group", source, user), "!group:0 group or others may write it\n");
    CHECK_EQ(read(scratch, "others", source, user), "!others:0 group or others may write it\n");
    CHECK_EQ(read(scratch, "directory", source, user), "!directory:0 not a regular file\n");
    CHECK_EQ(read(scratch, "fifo", source, user), "!fifo:0 not a regular file\n");
  }
  CHECK_EQ(read(scratch, "link"), "POP3_SHY=1@link:1\n");
  CHECK_EQ(read(scratch, "link", pop3d::by_user), "!link:0 is a symbolic link\n");
  CHECK_EQ(read(scratch, "link", pop3d::by_directory, stranger()), "!link:0 is a symbolic link\n");
  CHECK_EQ(read(scratch, "missing"), "!missing:0 No such file or directory\n");
  CHECK_EQ(read(scratch, "missing", pop3d::by_user), "");
  CHECK_EQ(read(scratch, "missing", pop3d::by_directory, stranger()), "");
  CHECK_EQ(read(scratch, "large"), "");
  CHECK_EQ(read(scratch, "just", pop3d::by_user), "");
  CHECK_EQ(read(scratch, "large", pop3d::by_user), "!large:0 longer than 8192 octets\n");
  // Whose they are.
  CHECK_EQ(read(scratch, "good", pop3d::by_user, stranger()), "!good:0 does not belong to the user\n");
  CHECK_EQ(read(scratch, "good", pop3d::by_directory), "!good:0 belongs to the user\n");
  if (::geteuid() == 0 && ::chown(scratch.path("good").c_str(), 4711, 4711) == 0)
    CHECK_EQ(read(scratch, "good"), "!good:0 belongs neither to root nor to who starts the service\n");
}

// features: I07
TEST(directories_that_are_not_read) {
  Scratch scratch;
  scratch.make_directory("d");
  const auto path = scratch.path("d");
  const auto wrong = [&](uid_t user) { return std::string(pop3d::wrong_directory(path.c_str(), user).view()); };
  CHECK_EQ(wrong(stranger()), "");
  CHECK_EQ(wrong(::geteuid()), "belongs to the user");
  ::chmod(path.c_str(), 0775);
  CHECK_EQ(wrong(stranger()), "group or others may write in it");
  CHECK_EQ(pop3d::wrong_directory("etc", 1).view(), "not an absolute path");
  CHECK_EQ(pop3d::wrong_directory("/dev/null", 1).view(), "not a directory");
  for (const char* bad : {"", ".", "..", ".x", "a/b", "/"}) CHECK_ROW(bad, !pop3d::is_file_name(bad));
  CHECK(pop3d::is_file_name("joe@example.org"));
}

// features: I06 H13
TEST(what_a_user_may_set) {
  base::unset_env("POP3_RECORD");
  base::set_env("POP3_TIMEOUT", "300");
  base::unset_env("POP3_WRITE_TIMEOUT");
  CHECK_EQ(read_as_user("POP3_TIMEOUT = 300"), "POP3_TIMEOUT=300@.pop3:1\n");
  CHECK_EQ(read_as_user("set timeout = 60"), "POP3_TIMEOUT=60@.pop3:1\n");
  CHECK_EQ(read_as_user("set timeout = 301"), "timeout!.pop3:1 a user may not set it above 300\n");
  // Its default is the other one.
  CHECK_EQ(read_as_user("POP3_WRITE_TIMEOUT = 301"), "POP3_WRITE_TIMEOUT!.pop3:1 a user may not set it above 300\n");
  base::set_env("POP3_WRITE_TIMEOUT", "20");
  CHECK_EQ(read_as_user("POP3_WRITE_TIMEOUT = 21"), "POP3_WRITE_TIMEOUT!.pop3:1 a user may not set it above 20\n");
  base::unset_env("POP3_TIMEOUT");
  base::unset_env("POP3_WRITE_TIMEOUT");
  CHECK_EQ(read_as_user("POP3_TIMEOUT = 601"), "POP3_TIMEOUT!.pop3:1 a user may not set it above 600\n");
  CHECK_EQ(read_as_user("POP3_READ_ONLY = 1\nPOP3_AUTO_DELETE = 0"), "POP3_READ_ONLY=1@.pop3:1\nPOP3_AUTO_DELETE=0@.pop3:2\n");
  CHECK_EQ(read_as_user("POP3_READ_ONLY = 0"), "POP3_READ_ONLY!.pop3:1 a user may set it to 1 only\n");
  CHECK_EQ(read_as_user("set auto-delete"), "auto-delete!.pop3:1 a user may set it to 0 only\n");
  CHECK_EQ(read_as_user("POP3_DELETE = trash\nPOP3_MARK_SEEN no\nPOP3_MOVE_NEW 0\nPOP3_NO_MIME 1\nmax-bulletins = 0\n"),
           "POP3_DELETE=trash@.pop3:1\nPOP3_MARK_SEEN=0@.pop3:2\nPOP3_MOVE_NEW=0@.pop3:3\nPOP3_NO_MIME=1@.pop3:4\n"
           "max-bulletins!.pop3:5 no such parameter\n");
  CHECK_EQ(read_as_user("set max-bulletins = 0"), "POP3_MAX_BULLETINS=0@.pop3:1\n");
  CHECK_EQ(read_as_user("POP3_DELETE ="), "POP3_DELETE!.pop3:1 the value is missing\n");
}

// features: I10
TEST(a_line_that_a_user_may_not_write_is_skipped_and_no_more) {
  CHECK_EQ(read_as_user("set tracefile = /x\nset statistics\nset timeout = 5\nset config-file = /etc/passwd\nset timeout = 6"),
           "POP3_TIMEOUT=6@.pop3:5\n"
           "tracefile!.pop3:1 a user may not set it\nstatistics!.pop3:2 a user may not set it\n"
           "!.pop3:4 a user's file includes no other\n");
}

TEST(what_the_record_has_decided_stays) {
  base::set_env("POP3_RECORD", "POP3_TIMEOUT POP3_DELETE");
  CHECK(pop3d::is_in_record("POP3_DELETE") && !pop3d::is_in_record("POP3_DEL"));
  CHECK_EQ(read_as_user("POP3_TIMEOUT = 5\nPOP3_MARK_SEEN 0"),
           "POP3_MARK_SEEN=0@.pop3:2\nPOP3_TIMEOUT!.pop3:1 the administrator has set it for this user\n");
  base::unset_env("POP3_RECORD");
  CHECK(!pop3d::is_in_record("POP3_DELETE"));
}

// features: I07
TEST(what_the_administrators_directory_may_set) {
  CHECK_EQ(read_as_directory("POP3_TIMEOUT = 5000\nPOP3_READ_ONLY 0\nMAILDIR = Mail\nPOP3_TRACE=/var/log/x\n"),
           "POP3_TIMEOUT=5000@joe:1\nPOP3_READ_ONLY=0@joe:2\nMAILDIR=Mail@joe:3\nPOP3_TRACE=/var/log/x@joe:4\n");
  CHECK_EQ(read_as_directory("POP3_ENABLED = 0"), "POP3_ENABLED!joe:1 is read before the user's file is\n");
  CHECK_EQ(read_as_directory("set shy"), "shy!joe:1 is read before the user's file is\n");
}

TEST(what_the_services_file_may_not_set) {
  ConfReader reader(pop3d::by_file, 0);
  reader.read_text("f", "POP3_SESSION=x\nMAILDIR = /x\nUSERS = /x\nPATH = /x\n", unknown);
  CHECK_EQ(show(reader),
           "POP3_SESSION!f:1 programs tell it each other, nobody sets it\n"
           "MAILDIR!f:2 belongs to one user: the administrator's directory, or users.cdb(5)\n"
           "USERS!f:3 belongs into env/ of the service directory, or before the programs\n"
           "PATH!f:4 belongs into env/ of the service directory, or before the programs\n");
}

}  // namespace
