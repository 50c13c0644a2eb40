// SPDX-License-Identifier: ISC
#include "maildir/lock.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Locked;
using maildir::try_lock;

// Two Maildirs; the first is the current directory.
class Maildirs {
 public:
  Maildirs() {
    for (const auto name : {"one", "two"}) scratch_.make_directory(name);
    enter("one");
  }
  ~Maildirs() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void enter(const char* name) const {
    if (::chdir(scratch_.path(name).c_str()) != 0) base::fail("chdir", name);
  }
  std::string path(const char* name) const { return scratch_.path(name); }

 private:
  Scratch scratch_;
};

// A process that locks the current directory, and lives until it is killed.
class Holder {
 public:
  Holder() {
    auto ready = base::make_pipe();
    pid_ = ::fork();
    if (pid_ == 0) {
      base::UniqueFd lock;
      const char result = try_lock(lock) == Locked::yes ? 'y' : 'n';
      base::try_write_all(ready.write.get(), {&result, 1});
      for (;;) ::pause();
    }
    char result = '?';
    base::read_all(ready.read.get(), {&result, 1});
    has_lock_ = result == 'y';
  }
  ~Holder() { end(SIGKILL); }
  bool has_lock() const { return has_lock_; }
  void end(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_;
  bool has_lock_ = false;
};

Locked try_once() {
  base::UniqueFd lock;
  return try_lock(lock);
}

}  // namespace

TEST(maildir_is_locked_once) {
  const Maildirs maildirs;
  base::UniqueFd lock;
  CHECK(try_lock(lock) == Locked::yes);
  CHECK(try_once() == Locked::in_use);
  CHECK(try_once() == Locked::in_use);  // who was refused holds nothing
  lock.reset();
  CHECK(try_once() == Locked::yes);
  CHECK(try_once() == Locked::yes);
}

TEST(other_process_has_the_maildir) {
  const Maildirs maildirs;
  Holder holder;
  CHECK(holder.has_lock());
  CHECK(try_once() == Locked::in_use);
  maildirs.enter("two");
  CHECK(try_once() == Locked::yes);
}

// features: D16
TEST(process_that_is_killed_leaves_no_lock) {
  for (const int signal : {SIGKILL, SIGTERM}) {
    const Maildirs maildirs;
    Holder holder;
    CHECK(try_once() == Locked::in_use);
    holder.end(signal);
    CHECK(try_once() == Locked::yes);
  }
}

TEST(other_process_is_refused) {
  const Maildirs maildirs;
  base::UniqueFd lock;
  CHECK(try_lock(lock) == Locked::yes);
  CHECK(!Holder().has_lock());
  lock.reset();
  CHECK(Holder().has_lock());
}

TEST(lock_makes_no_file_and_holds_by_another_path) {
  const Maildirs maildirs;
  const auto link = maildirs.path("link");
  ::symlink("one", link.c_str());
  base::UniqueFd lock;
  CHECK(try_lock(lock) == Locked::yes);
  CHECK(std::filesystem::is_empty("."));
  CHECK_EQ(::chdir(link.c_str()), 0);
  CHECK(try_once() == Locked::in_use);
}

TEST(lock_that_cannot_be_taken_is_told_from_one_in_use) {
  const Maildirs maildirs;
  ::chmod(maildirs.path("").c_str(), 0755);
  ::chmod(".", 0311);  // may be entered, but not be opened
  const bool is_root = ::geteuid() == 0;
  if (is_root) CHECK_EQ(::seteuid(65534), 0);
  CHECK(try_once() == Locked::impossible);
  if (is_root) CHECK_EQ(::seteuid(0), 0);
  ::chmod(".", 0755);
}
