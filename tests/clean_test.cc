// SPDX-License-Identifier: ISC
#include "maildir/clean.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

constexpr std::time_t hour = 3600;

// A Maildir, the current directory.
class Maildir {
 public:
  Maildir() {
    for (const auto name : {"tmp", "new", "cur"}) scratch_.make_directory(name);
    if (::chdir(scratch_.path().c_str()) != 0) base::fail("chdir", scratch_.path());
  }
  ~Maildir() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void write(const char* name) const { scratch_.write(name, "a\n"); }

 private:
  Scratch scratch_;
};

// Nobody can set a ctime: it is the present's, and the tests look from the future.
const std::time_t present = ::time(nullptr), future = present + 1000 * hour;

void set_times(const char* path, std::time_t accessed, std::time_t modified) {
  const timespec times[2] = {{accessed, 0}, {modified, 0}};
  if (::utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) != 0) base::fail("utimensat", path);
}

bool is_there(const char* path) {
  struct stat status;
  return ::lstat(path, &status) == 0;
}

}  // namespace

TEST(file_untouched_for_36_hours_is_removed) {
  const Maildir maildir;
  const struct {
    const char* name;
    std::time_t accessed_before, modified_before;  // the future
    bool stays;
  } table[] = {
      {"tmp/fresh", 0, 0, true},
      {"tmp/day", 24 * hour, 24 * hour, true},
      {"tmp/almost", 36 * hour - 60, 36 * hour - 60, true},
      {"tmp/old", 36 * hour + 60, 36 * hour + 60, false},
      {"tmp/ancient", 9999 * hour, 9999 * hour, false},
      {"tmp/read-of-late", hour, 9999 * hour, true},
      {"tmp/written-of-late", 9999 * hour, hour, true},
      {"tmp/later-still", -hour, -hour, true},
      {"tmp/.hidden", 9999 * hour, 9999 * hour, true},
      {"new/old", 9999 * hour, 9999 * hour, true},
      {"cur/old:2,S", 9999 * hour, 9999 * hour, true},
  };
  for (const auto& row : table) {
    maildir.write(row.name);
    set_times(row.name, future - row.accessed_before, future - row.modified_before);
  }
  maildir::clean_tmp(future);
  for (const auto& row : table) CHECK_ROW(row.name, is_there(row.name) == row.stays);
}

// As deliverers do that give a message its own dates before they move it.
TEST(file_of_late_that_bears_old_dates_stays) {
  const Maildir maildir;
  maildir.write("tmp/1");
  set_times("tmp/1", present - 9999 * hour, present - 9999 * hour);
  for (const std::time_t later : {std::time_t{0}, hour, 35 * hour}) {
    maildir::clean_tmp(present + later);
    CHECK_ROW(later, is_there("tmp/1"));
  }
  maildir::clean_tmp(present + 37 * hour);
  CHECK(!is_there("tmp/1"));
}

TEST(directory_stays_and_a_symlink_goes_without_its_target) {
  const Maildir maildir;
  ::mkdir("tmp/directory", 0700);
  ::mkdir("tmp/empty", 0700);
  maildir.write("tmp/directory/file");
  ::mkfifo("tmp/fifo", 0600);
  maildir.write("target");
  ::symlink("../target", "tmp/symlink");
  maildir::clean_tmp(future);
  CHECK(is_there("tmp/directory/file") && is_there("tmp/empty") && is_there("target"));
  CHECK(!is_there("tmp/fifo") && !is_there("tmp/symlink"));
}

TEST(many_old_files_are_all_removed) {
  const Maildir maildir;
  for (int i = 0; i < 3000; ++i) {
    const auto name = "tmp/" + std::to_string(i);
    maildir.write(name.c_str());
    if (i % 2 == 0) set_times(name.c_str(), future, future);
  }
  maildir::clean_tmp(future);
  int wrong = 0;
  for (int i = 0; i < 3000; ++i) wrong += is_there(("tmp/" + std::to_string(i)).c_str()) != (i % 2 == 0);
  CHECK_EQ(wrong, 0);
}

TEST(maildir_without_tmp_does_no_harm) {
  const Maildir maildir;
  ::rmdir("tmp");
  maildir::clean_tmp(future);
  maildir.write("tmp");
  maildir::clean_tmp(future);
  CHECK(is_there("tmp"));
}
