// SPDX-License-Identifier: ISC
#include "maildir/watch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <vector>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Folder;
using maildir::Watch;

bool only_ours(Watch& watch) { return watch.only_ours(Folder::new_mail) && watch.only_ours(Folder::cur); }
bool is_watched() {
  Watch watch;
  return watch.only_ours(Folder::new_mail) || watch.only_ours(Folder::cur);
}

// Where tests are made: on the disk, and on a tmpfs.
std::vector<std::string> places() {
  std::vector<std::string> all = {std::filesystem::temp_directory_path()};
  if (::access("/dev/shm", W_OK) == 0) all.push_back("/dev/shm");
  return all;
}

// A Maildir in PLACE that is the current directory while it lives.
class Maildir {
 public:
  explicit Maildir(const std::string& place) : scratch_(make(place)) {
    for (const auto name : {"tmp", "new", "cur"}) scratch_->make_directory(name);
    if (::chdir(scratch_->path().c_str()) != 0) base::fail("chdir", scratch_->path());
    for (const auto name : {"new/1", "new/2", "cur/3:2,S", "cur/4:2,S", "tmp/5"}) scratch_->write(name, "a\n");
  }
  ~Maildir() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void write(const std::string& name) const { scratch_->write(name, "a\n"); }

 private:
  static std::unique_ptr<Scratch> make(const std::string& place) {
    const char* const given = ::getenv("TMPDIR");
    const std::string before = given ? given : "";
    ::setenv("TMPDIR", place.c_str(), 1);
    auto scratch = std::make_unique<Scratch>();
    given ? ::setenv("TMPDIR", before.c_str(), 1) : ::unsetenv("TMPDIR");
    return scratch;
  }
  std::unique_ptr<Scratch> scratch_;
};

// What QUIT does, and tells.
void remove(Watch& watch, Folder folder, const std::string& name) {
  CHECK_EQ(::unlink((std::string(path_of(folder)) + '/' + name).c_str()), 0);
  watch.removed(folder, name);
}
void rename(Watch& watch, Folder from, const std::string& name, Folder to, const std::string& new_name) {
  CHECK_EQ(::rename((std::string(path_of(from)) + '/' + name).c_str(),
                    (std::string(path_of(to)) + '/' + new_name).c_str()), 0);
  watch.renamed(from, name, to, new_name);
}
void do_all(Watch& watch) {
  remove(watch, Folder::new_mail, "1");
  rename(watch, Folder::new_mail, "2", Folder::cur, "2:2,");
  rename(watch, Folder::cur, "2:2,", Folder::cur, "2:2,S");
  rename(watch, Folder::cur, "3:2,S", Folder::cur, "3:2,FS");
  CHECK_EQ(::rename("cur/4:2,S", "tmp/4"), 0);
  watch.moved_away(Folder::cur, "4:2,S");
}

// Of another program.
struct Change {
  const char* what;
  std::function<void()> make;
};
const Change foreign_changes[] = {
    {"delivery by rename", [] { ::rename("tmp/5", "new/5"); }},
    {"delivery by link", [] { ::link("tmp/5", "new/5"); }},
    {"creation in cur", [] { ::mknod("cur/6", S_IFREG | 0600, 0); }},
    {"flags", [] { ::rename("cur/9:2,S", "cur/9:2,RS"); }},
    {"new to cur", [] { ::rename("new/8", "cur/8:2,"); }},
    {"cur to new", [] { ::rename("cur/9:2,S", "new/9"); }},
    {"removal in new", [] { ::unlink("new/8"); }},
    {"removal in cur", [] { ::unlink("cur/9:2,S"); }},
    {"out of the Maildir", [] { ::rename("cur/9:2,S", "tmp/9"); }},
    {"replaced by another file", [] { ::rename("tmp/5", "cur/9:2,S"); }},
    {"made and removed again", [] { ::mknod("cur/6", S_IFREG | 0600, 0), ::unlink("cur/6"); }},
    {"renamed and back", [] { ::rename("cur/9:2,S", "cur/9"), ::rename("cur/9", "cur/9:2,S"); }},
    {"a directory", [] { ::mkdir("cur/6", 0700); }},
    {"a hidden file", [] { ::mknod("cur/.6", S_IFREG | 0600, 0); }},
    {"cur moved away", [] { ::rename("cur", "old"); }},
    {"new moved away and back", [] { ::rename("new", "old"), ::rename("old", "new"); }},
};

}  // namespace

TEST(changes_of_our_own_are_ours) {
  for (const auto& place : places()) {
    const Maildir maildir(place);
    Watch watch;
    CHECK_ROW(place, only_ours(watch));
    do_all(watch);
    CHECK_ROW(place, only_ours(watch));
    CHECK_ROW(place, only_ours(watch));  // asked twice
    maildir.write("new/5");
    CHECK_ROW(place, !only_ours(watch));
  }
}

TEST(foreign_change_is_seen) {
  for (const auto& place : places())
    for (const auto& change : foreign_changes)
      for (const int moment : {0, 1, 2}) {  // alone, before ours, after ours
        const Maildir maildir(place);
        maildir.write("new/8");
        maildir.write("cur/9:2,S");
        Watch watch;
        if (moment == 2) do_all(watch);
        change.make();
        if (moment == 1 && ::access("cur", F_OK) == 0) do_all(watch);
        CHECK_ROW(place + ", " + change.what, !only_ours(watch));
      }
}

TEST(foreign_change_of_one_folder_is_not_the_others) {
  const struct {
    const char* what;
    void (*make)();
    bool in_new, in_cur;
  } table[] = {
      {"delivery", [] { ::rename("tmp/5", "new/5"); }, true, false},
      {"flags", [] { ::rename("cur/9:2,S", "cur/9:2,RS"); }, false, true},
      {"new to cur", [] { ::rename("new/8", "cur/8:2,"); }, true, true},
      {"removal in new", [] { ::unlink("new/8"); }, true, false},
      {"removal in cur", [] { ::unlink("cur/9:2,S"); }, false, true},
      {"new gone", [] { ::rename("new", "old"); }, true, false},
  };
  for (const auto& place : places())
    for (const auto& row : table) {
      const Maildir maildir(place);
      maildir.write("new/8");
      maildir.write("cur/9:2,S");
      Watch watch;
      do_all(watch);
      row.make();
      CHECK_ROW(row.what, watch.only_ours(Folder::new_mail) != row.in_new);
      CHECK_ROW(row.what, watch.only_ours(Folder::cur) != row.in_cur);
    }
}

TEST(change_outside_new_and_cur_is_nobodys_concern) {
  for (const auto& place : places()) {
    const Maildir maildir(place);
    Watch watch;
    maildir.write("tmp/6");
    maildir.write("popchain.index");
    ::rename("tmp/6", "other");
    do_all(watch);
    CHECK_ROW(place, only_ours(watch));
  }
}

TEST(what_was_told_but_not_done_is_not_ours) {
  const struct {
    const char* what;
    void (*tell)(Watch& watch);
  } table[] = {
      {"removal", [](Watch& watch) { watch.removed(Folder::cur, "3:2,S"); }},
      {"move", [](Watch& watch) { watch.moved_away(Folder::cur, "3:2,S"); }},
      {"rename", [](Watch& watch) { watch.renamed(Folder::cur, "3:2,S", Folder::cur, "3:2,FS"); }},
      {"other folder", [](Watch& watch) { ::unlink("cur/3:2,S"), watch.removed(Folder::new_mail, "3:2,S"); }},
      {"other name", [](Watch& watch) { ::unlink("cur/3:2,S"), watch.removed(Folder::cur, "3:2,"); }},
      {"other event", [](Watch& watch) { ::unlink("cur/3:2,S"), watch.moved_away(Folder::cur, "3:2,S"); }},
      {"twice",
       [](Watch& watch) {
         ::unlink("cur/3:2,S");
         for (int i = 0; i < 2; ++i) watch.removed(Folder::cur, "3:2,S");
       }},
  };
  for (const auto& row : table) {
    const Maildir maildir(places().back());
    Watch watch;
    row.tell(watch);
    CHECK_ROW(row.what, !only_ours(watch));
  }
}

TEST(names_of_any_kind_are_told_apart) {
  const Maildir maildir(places().back());
  std::vector<std::string> names = {"a b", "\x01\xff", "x:2,S", std::string(255, 'x'), "a"};
  for (std::size_t size = 1; size < 40; ++size) names.push_back(std::string(size, 'y'));
  for (const auto& name : names) maildir.write("cur/" + name);
  Watch watch;
  for (const auto& name : names) remove(watch, Folder::cur, name);
  CHECK(only_ours(watch));
}

// The kernel keeps 16384 events.
TEST(more_events_than_the_kernel_keeps_are_all_seen) {
  for (const auto& place : places()) {
    const Maildir maildir(place);
    Watch watch;
    for (int i = 0; i < 5000; ++i) {
      rename(watch, Folder::cur, "3:2,S", Folder::cur, "3:2,FS");
      rename(watch, Folder::cur, "3:2,FS", Folder::cur, "3:2,S");
    }
    CHECK_ROW(place, only_ours(watch));
    ::unlink("new/1");
    CHECK_ROW(place, !only_ours(watch));
  }
}

TEST(events_that_the_kernel_lost_are_not_ours) {
  const Maildir maildir(places().back());
  Watch watch;
  for (int i = 0; i < 5000; ++i) {
    ::rename("cur/3:2,S", "cur/3:2,FS");
    ::rename("cur/3:2,FS", "cur/3:2,S");
  }
  for (int i = 0; i < 5000; ++i) {
    watch.renamed(Folder::cur, "3:2,S", Folder::cur, "3:2,FS");
    watch.renamed(Folder::cur, "3:2,FS", Folder::cur, "3:2,S");
  }
  CHECK(!watch.only_ours(Folder::new_mail) && !watch.only_ours(Folder::cur));
}

TEST(maildir_that_cannot_be_watched_is_not_only_ours) {
  for (const auto folder : {"new", "cur"}) {
    const Maildir maildir(places().back());
    std::filesystem::remove_all(folder);
    CHECK_ROW(folder, !is_watched());
    maildir.write(folder);  // a file in its place
    CHECK_ROW(folder, !is_watched());
  }
}
