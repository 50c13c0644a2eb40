// SPDX-License-Identifier: ISC
// What links share: which Maildir, files that are replaced whole, the Trash, maildirsize.
#include "maildir/link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "base/env.h"
#include "maildir/quota.h"
#include "maildir/replace_file.h"
#include "maildir/retention.h"
#include "maildir/trash.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

std::string found(std::vector<const char*> words) {
  words.push_back(nullptr);
  return maildir::maildir_of(const_cast<char* const*>(words.data()));
}

// The current directory, as long as it lives.
class Here {
 public:
  Here() {
    if (::chdir(scratch.path().c_str()) != 0) base::fail("chdir", scratch.path());
  }
  ~Here() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  const Scratch scratch;
};

bool is_there(const char* path) {
  struct stat status;
  return ::lstat(path, &status) == 0;
}

constexpr std::time_t day = 86400, present = 1795304737;
bool is_expired(std::uint64_t days, std::time_t name_time, std::time_t file_time) {
  return maildir::is_expired({days, false, false}, static_cast<std::uint64_t>(name_time), file_time, present);
}

}  // namespace

TEST(maildir_is_the_last_word_or_the_default) {
  base::unset_env("MAILDIR");
  CHECK_EQ(found({"pop3d", "Mail"}), "Mail");
  CHECK_EQ(found({"pop3d"}), "Maildir");
  CHECK_EQ(found({"/usr/bin/pop3d", "/mail/joe"}), "/mail/joe");
  CHECK_EQ(found({"expire", "30", "pop3d"}), "Maildir");
  CHECK_EQ(found({"expire", "30", "/bin/pop3d"}), "Maildir");
  CHECK_EQ(found({"expire", "30", "pop3d", "Mail"}), "Mail");
  CHECK_EQ(found({"expire", "30", "pop3d", "Mail/"}), "Mail/");
  CHECK_EQ(found({"pop3front-maildir"}), "Maildir");
  CHECK_EQ(found({"pop3d", ""}), "Maildir");
  CHECK_EQ(found({}), "Maildir");
  base::set_env("MAILDIR", "Other");
  CHECK_EQ(found({"pop3d", "Mail"}), "Other");
  base::set_env("MAILDIR", "");
  CHECK_EQ(found({"pop3d", "Mail"}), "Mail");
  base::unset_env("MAILDIR");
}

TEST(visit_goes_there_and_back) {
  const Here here;
  here.scratch.make_directory("Maildir");
  here.scratch.write("file", "");
  {
    const maildir::Visit visit("Maildir");
    CHECK(visit.opened() == maildir::Opened::good && is_there("../Maildir"));
    CHECK(::faccessat(visit.home(), "Maildir", F_OK, 0) == 0);
  }
  CHECK(is_there("Maildir"));
  CHECK(maildir::Visit("nothing").opened() == maildir::Opened::missing);
  CHECK(maildir::Visit("file").opened() == maildir::Opened::unreadable);
  CHECK(is_there("Maildir"));
  if (::geteuid() == 0) {
    CHECK(::chown("Maildir", 12345, 12345) == 0);
    const maildir::Visit visit("Maildir");
    CHECK(visit.opened() == maildir::Opened::unreadable && is_there("Maildir"));
  }
}

TEST(file_is_replaced_whole_or_not_at_all) {
  const Here here;
  for (const auto durable : {maildir::Durable::no, maildir::Durable::yes}) {
    maildir::replace_file(AT_FDCWD, "temporary", "file", "content", durable);
    CHECK_EQ(here.scratch.read("file"), "content");
    struct stat status;
    CHECK(::stat("file", &status) == 0 && (status.st_mode & 07777) == 0600);
    CHECK(!is_there("temporary"));
  }
  here.scratch.make_directory("directory");
  const char* const refused[][2] = {{"temporary", "directory"}, {"nothing/temporary", "file"}, {"file", "other"}};
  for (const auto& [temporary, path] : refused) {
    bool is_refused = false;
    try {
      maildir::replace_file(AT_FDCWD, temporary, path, "new", maildir::Durable::no);
    } catch (const base::Failure&) {
      is_refused = true;
    }
    CHECK_ROW(path, is_refused && !is_there("temporary"));
  }
  CHECK_EQ(here.scratch.read("file"), "content");
}

TEST(symbolic_link_is_replaced_and_not_followed) {
  const Here here;
  here.scratch.write("target", "keep");
  CHECK(::symlink("target", "file") == 0);
  maildir::replace_file(AT_FDCWD, "temporary", "file", "new", maildir::Durable::no);
  CHECK_EQ(here.scratch.read("target"), "keep");
  CHECK_EQ(here.scratch.read("file"), "new");
}

TEST(maildirsize_gets_a_line_for_what_came) {
  const Here here;
  maildir::put_on_quota(100, 1);
  CHECK(!is_there("maildirsize"));
  here.scratch.write("maildirsize", "1000S\n");
  maildir::put_on_quota(100, 1);
  maildir::put_on_quota(100, 0);
  maildir::take_off_quota(100, 1);
  CHECK_EQ(here.scratch.read("maildirsize"), "1000S\n100 1        \n-100 -1      \n");
}

TEST(rename_takes_nobodys_place) {
  const Here here;
  here.scratch.write("a", "a");
  here.scratch.write("b", "b");
  CHECK(maildir::rename_to_free_name("a", "b") == -1 && errno == EEXIST);
  CHECK_EQ(here.scratch.read("b"), "b");
  CHECK(maildir::rename_to_free_name("a", "c") == 0);
  CHECK_EQ(here.scratch.read("c"), "a");
  CHECK(!is_there("a"));
  CHECK(maildir::rename_to_free_name("a", "d") == -1 && errno == ENOENT);
}

TEST(trash_is_made_once_and_keeps_flags) {
  const Here here;
  for (const char* folder : {"new", "cur"}) here.scratch.make_directory(folder);
  here.scratch.write("new/1.a", "1");
  here.scratch.write("cur/2.b:2,FS", "2");
  CHECK(maildir::make_trash() && maildir::make_trash());
  CHECK(maildir::move_to_trash("new", "1.a") == 0 && maildir::move_to_trash("cur", "2.b:2,FS") == 0);
  CHECK_EQ(here.scratch.read(".Trash/cur/1.a:2,"), "1");
  CHECK_EQ(here.scratch.read(".Trash/cur/2.b:2,FS"), "2");
  CHECK(is_there(".Trash/maildirfolder") && is_there(".Trash/new") && is_there(".Trash/tmp"));
  CHECK(maildir::move_to_trash("cur", "gone") == -1 && errno == ENOENT);
}

TEST(trash_that_cannot_be_made_is_no_message_that_is_gone) {
  const Here here;
  CHECK(::symlink("nowhere/at/all", ".Trash") == 0);
  CHECK(!maildir::make_trash() && errno != ENOENT);
}

TEST(message_is_as_old_as_the_later_of_its_times) {
  const std::time_t old = present - 31 * day, young = present - 29 * day;
  CHECK(is_expired(30, old, old) && is_expired(30, 0, old));
  CHECK(!is_expired(30, old, young) && !is_expired(30, young, old) && !is_expired(30, young, young));
  CHECK(!is_expired(30, present - 30 * day, old) && is_expired(30, present - 30 * day - 1, old));
  CHECK(!is_expired(30, old, present - 30 * day));
  CHECK(!is_expired(30, old, present + day));
  CHECK(!maildir::is_expired({30, false, false}, ~std::uint64_t{0}, old, present));
}

TEST(clock_that_says_1970_expires_nothing) {
  CHECK(!maildir::is_expired({30, false, false}, 0, 0, 0));
  CHECK(!maildir::is_expired({30, false, false}, 0, 0, 29 * day));
  CHECK(!maildir::is_expired({36500, false, false}, 0, 0, present));
  CHECK(!maildir::is_expired({30, false, false}, 0, 0, -1));
  CHECK(!maildir::is_expired({30, false, false}, 0, -100 * day, 0));
}
