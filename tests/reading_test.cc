// SPDX-License-Identifier: ISC
// Readings of a Maildir in which another program, as an IMAP server does, changes flags without rest.
#include "maildir/reading.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "maildir/mailbox.h"
#include "maildir/name.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Mailbox;
using maildir::Reading;
using maildir::SizePolicy;

std::string path_of(int message, char flag) {
  return "cur/1700000" + std::to_string(1000 + message) + ".a_name_of_usual_length.example.org:2," + flag;
}

// A Maildir that is the current directory, and a process that renames each message in turn.
class Restless {
 public:
  explicit Restless(int count) : count_(count) {
    ::chmod(scratch_.path().c_str(), 0755);
    for (const auto name : {"tmp", "new", "cur"}) scratch_.make_directory(name);
    if (::chdir(scratch_.path().c_str()) != 0) base::fail("chdir", scratch_.path());
    for (int i = 0; i < count_; ++i) scratch_.write(path_of(i, 'F'), "a\n", 0644);
    process_ = ::fork();
    if (process_ == 0) rename_for_ever();
  }
  ~Restless() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    [[maybe_unused]] const int ignored = ::chdir("/");
  }

 private:
  [[noreturn]] void rename_for_ever() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (char from = 'F', to = 'S';; std::swap(from, to))
      for (int i = 0; i < count_; ++i) {
        if (::rename(path_of(i, from).c_str(), path_of(i, to).c_str()) != 0) ::_exit(1);
        if (i % 100 == 0) ::usleep(100);  // a file system need not be fair to who reads
      }
  }

  Scratch scratch_;
  const int count_;
  pid_t process_;
};

std::size_t different_names(const maildir::Listing& listing) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < listing.size(); ++i) names.insert(maildir::unique_name(listing.name(listing[i])));
  return names.size();
}

}  // namespace

TEST(reading_misses_no_message_whose_name_changes) {
  // More than one getdents64(2) gives: only between two of them can a file be missed.
  constexpr int messages = 3000;
  const Restless maildir(messages);
  for (int i = 0; i < 5; ++i) {
    Reading reading;
    CHECK(reading.read(SizePolicy::exact) == maildir::Opened::good);
    CHECK_EQ(reading.listing().size(), static_cast<std::size_t>(messages));
    CHECK_EQ(different_names(reading.listing()), static_cast<std::size_t>(messages));
  }
}

TEST(mailbox_has_every_message_whose_name_changes) {
  constexpr int messages = 300;
  const Restless maildir(messages);
  Mailbox mailbox;
  CHECK(mailbox.open(SizePolicy::exact, false) == maildir::Opened::good);
  CHECK_EQ(mailbox.size(), static_cast<std::size_t>(messages));
  CHECK_EQ(mailbox.octets(), 3u * messages);
}

TEST(reading_of_a_quiet_maildir_stood_still) {
  Scratch scratch;
  for (const auto name : {"tmp", "new", "cur"}) scratch.make_directory(name);
  scratch.write("new/1.a", "a\n", 0644);
  CHECK_EQ(::chdir(scratch.path().c_str()), 0);
  Reading reading;
  CHECK(reading.read(SizePolicy::exact) == maildir::Opened::good);
  CHECK(reading.stood_still());
  CHECK_EQ(reading.listing().size(), 1u);
  ::rename("new/1.a", "cur/1.a:2,S");
  reading.read(SizePolicy::exact);
  CHECK_EQ(reading.listing().size(), 1u);
  CHECK(reading.listing()[0].folder == maildir::Folder::cur);
  CHECK_EQ(::chdir("/"), 0);
}
