// SPDX-License-Identifier: ISC
#include "maildir/import.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "maildir/uidl_map.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Imported;
using maildir::OldUidls;

// What is in the Maildir while this lives; it is the current directory.
class Maildir {
 public:
  Maildir() {
    for (const auto name : {"new", "cur", "tmp"}) scratch.make_directory(name);
    if (::chdir(scratch.path().c_str()) != 0) base::fail("chdir");
  }
  ~Maildir() {
    if (::chdir("/") != 0) std::abort();
  }
  std::string map() const {
    return ::access("uidl.map", F_OK) == 0 ? scratch.read("uidl.map") : "none";
  }

  Scratch scratch;
};

Imported import(std::string_view word) {
  return maildir::import_uidls(maildir::parse_uidl_import(word).value());
}

}  // namespace

// --- uidl.map ---------------------------------------------------------------------------------------

TEST(the_map_has_what_differs_in_the_order_of_names) {
  OldUidls uidls;
  maildir::parse_tpops("c\tX\nb\tb\na\tY\ntwo words\t1b07dd9ce7066cc844eb975de7592714\nd\tWx\n", uidls);
  const auto content = maildir::make_uidl_map(uidls);
  CHECK_EQ(std::string_view(content.begin(), content.size()), "a\tY\nc\tX\nd\tWx\n");
  CHECK_EQ(uidls.warning_count(), 0u);
}

TEST(ids_that_cannot_be_kept_are_not_in_the_map) {
  OldUidls uidls;
  const std::string long_id(71, 'x');
  maildir::parse_tpops("a\tX\nb\tX\nc\t" + long_id + "\nd\tb c\ne\t\nf\tf\ng\tf\n", uidls);
  const auto content = maildir::make_uidl_map(uidls);
  CHECK_EQ(std::string_view(content.begin(), content.size()), "a\tX\n");
  CHECK_EQ(uidls.warning_count(), 5u);
  std::map<std::size_t, std::string> warnings;
  for (const auto& warning : uidls.warnings()) warnings[warning.line] = warning.what;
  CHECK_EQ(warnings[2], "another message has this id, it will change");
  CHECK_EQ(warnings[3], "not an id that POP3 allows, it will change");
  CHECK_EQ(warnings[7], "another message has this id, it will change");
}

TEST(what_is_written_is_read_again) {
  const Maildir maildir;
  OldUidls uidls;
  maildir::parse_courier(
      "/3 9 7\n"
      "a\ttab 1 1:7:0\n"
      "two words 1 2:7:0\n"
      "cr\r 1 3:7:0\n",
      uidls);
  maildir::write_uidl_map(maildir::make_uidl_map(uidls));
  const maildir::UidlMap map("uidl.map");
  CHECK_EQ(map.find("a\ttab"), "UID1-7");
  CHECK_EQ(map.find("two words"), "UID2-7");
  CHECK_EQ(map.find("cr\r"), "UID3-7");
  CHECK_EQ(map.malformed(), 0u);
}

TEST(the_map_is_the_users_alone_and_leaves_nothing_in_tmp) {
  const Maildir maildir;
  maildir::write_uidl_map({});
  struct stat status;
  CHECK_EQ(::stat("uidl.map", &status), 0);
  CHECK_EQ(status.st_mode & 0777, 0600u);
  CHECK_EQ(::rmdir("tmp"), 0);
  maildir::write_uidl_map({});  // makes the tmp/ that a backup has left out
}

TEST(a_map_that_cannot_take_its_place_leaves_nothing_in_tmp) {
  const Maildir maildir;
  maildir.scratch.make_directory("uidl.map");
  bool has_thrown = false;
  try {
    maildir::write_uidl_map({});
  } catch (const base::Failure&) {
    has_thrown = true;
  }
  CHECK(has_thrown);
  CHECK_EQ(::rmdir("tmp"), 0);
}

// --- once for each mailbox ------------------------------------------------------------------------

TEST(a_server_is_named_by_a_word_and_dovecot_with_a_format) {
  for (const auto word :
       {"tpops", "dovecot", "courier", "qmail", "mailfront", "dovecot:uw", "dovecot:UID%u-%v"})
    CHECK_ROW(word, maildir::parse_uidl_import(word).has_value());
  CHECK(maildir::parse_uidl_import("mailfront")->source == maildir::UidlSource::mailfront);
  CHECK_EQ(maildir::parse_uidl_import("dovecot:uw")->format, "%08Xv%08Xu");
  for (const auto word :
       {"", "Dovecot", "dovecot:", "dovecot:x", "courier:uw", "tpops ", ":uw", "cyrus"})
    CHECK_ROW(word, !maildir::parse_uidl_import(word).has_value());
}

TEST(import_makes_the_map_of_the_servers_file) {
  const struct {
    std::string_view word, file, content, map;
  } table[] = {
      {"tpops", "tpops_uidl", "1.h\tX\n", "1.h\tX\n"},
      {"courier", "courierpop3dsizelist", "/3 9 7\n1.h 9 3:7:0\n", "1.h\tUID3-7\n"},
      {"dovecot", "dovecot-uidlist", "3 V7 N9\n1 :1.h\n", "1.h\t0000000100000007\n"},
      {"dovecot:cyrus", "dovecot-uidlist", "3 V7 N9\n1 :1.h\n", "1.h\t7.1\n"},
      {"dovecot:%f", "dovecot-uidlist", "3 V7 N9\n1 :1.h\n", ""},
  };
  for (const auto& row : table) {
    const Maildir maildir;
    maildir.scratch.write(row.file, row.content);
    const auto imported = import(row.word);
    CHECK_ROW(row.word, imported.outcome == Imported::written);
    CHECK_EQ(imported.lines, row.map.empty() ? 0u : 1u);
    CHECK_EQ(maildir.map(), row.map);
  }
}

TEST(import_from_names_reads_new_and_cur) {
  const Maildir maildir;
  for (const auto name :
       {"new/1.h,S=1", "cur/2.h,W=1:2,S", "cur/3.h:2,", "cur/.4.h,S=1", "cur/5\n.h,S=1", "tmp/6.h,S=1"})
    maildir.scratch.write(name, "");
  maildir.scratch.make_directory("cur/7.h,S=1");
  CHECK(import("mailfront").outcome == Imported::written);
  CHECK_EQ(maildir.map(), "1.h,S=1\t1.h\n2.h,W=1\t2.h\n");
}

TEST(of_names_that_mailfront_cuts_alike_the_first_keeps_the_id) {
  const Maildir maildir;
  for (const auto name : {"new/1.h,S=2", "cur/1.h,S=1:2,", "cur/1.h,S=3", "new/1.h,S=1"})
    maildir.scratch.write(name, "");
  const auto imported = import("mailfront");
  CHECK_EQ(maildir.map(), "1.h,S=1\t1.h\n");
  CHECK_EQ(imported.warnings, 3u);
}

TEST(import_from_qmail_needs_no_line) {
  const Maildir maildir;
  maildir.scratch.write("new/1.h,S=1", "");
  CHECK(import("qmail").outcome == Imported::written);
  CHECK_EQ(maildir.map(), "");
}

TEST(import_happens_once) {
  const Maildir maildir;
  maildir.scratch.write("tpops_uidl", "1.h\tX\n");
  maildir.scratch.write("uidl.map", "");
  CHECK(import("tpops").outcome == Imported::none);
  CHECK_EQ(maildir.map(), "");
}

TEST(a_file_that_appears_later_changes_nothing) {
  const Maildir maildir;
  const auto imported = import("dovecot");
  CHECK(imported.outcome == Imported::none);
  CHECK_EQ(maildir.map(), "");
  maildir.scratch.write("dovecot-uidlist", "3 V7 N9\n1 :1.h\n");
  CHECK(import("dovecot").outcome == Imported::none);
  CHECK_EQ(maildir.map(), "");
}

TEST(a_file_of_another_kind_fails_and_leaves_no_map) {
  const Maildir maildir;
  maildir.scratch.write("dovecot-uidlist", std::string(500, '\n'));
  const auto imported = import("dovecot");
  CHECK(imported.outcome == Imported::failed);
  CHECK_EQ(imported.why.view(), "dovecot-uidlist: not of version 1 or 3");
  CHECK_EQ(maildir.map(), "none");
}

TEST(import_that_the_machine_fails_says_why) {
  const Maildir maildir;
  CHECK_EQ(::mkfifo("tpops_uidl", 0600), 0);
  CHECK_EQ(import("tpops").why.view(), "tpops_uidl: not a regular file");
  maildir.scratch.write("courierpop3dsizelist", "/3 1 1\n");
  maildir.scratch.write("file", "");
  CHECK_EQ(::rename("file", "tmp/file"), 0);
  CHECK_EQ(::rename("tmp", "elsewhere"), 0);
  maildir.scratch.write("tmp", "");
  CHECK(import("courier").outcome == Imported::failed);
  CHECK_EQ(maildir.map(), "none");
}
