// SPDX-License-Identifier: ISC
#include "maildir/quota.h"

#include <sys/stat.h>
#include <unistd.h>

#include <limits>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::take_off_quota;

constexpr auto start = "1000000S,100C\n      5000 10\n";

// A Maildir, the current directory, with a folder .Work in it.
class Maildir {
 public:
  Maildir() {
    scratch_.make_directory(".Work");
    scratch_.write(".Work/maildirfolder", "");
    enter("");
  }
  ~Maildir() { [[maybe_unused]] const int ignored = ::chdir("/"); }
  void enter(const char* name) const {
    if (::chdir(scratch_.path(name).c_str()) != 0) base::fail("chdir", name);
  }
  void write(const char* name, std::string_view content) const { scratch_.write(name, content); }
  std::string read(const char* name) const { return scratch_.read(name); }
  bool has(const char* name) const { return ::access(scratch_.path(name).c_str(), F_OK) == 0; }

 private:
  Scratch scratch_;
};

}  // namespace

TEST(line_that_takes_off_is_appended) {
  const struct {
    std::uint64_t octets, messages;
    std::string_view line;
  } table[] = {
      {1, 1, "-1 -1        \n"},
      {0, 1, "-0 -1        \n"},
      {123456, 78, "-123456 -78  \n"},
      {1234567, 890, "-1234567 -890\n"},
      {123456789012, 1000, "-123456789012 -1000\n"},
      {std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max(),
       "-18446744073709551615 -18446744073709551615\n"},
  };
  for (const auto& row : table) {
    const Maildir maildir;
    maildir.write("maildirsize", start);
    take_off_quota(row.octets, row.messages);
    CHECK_EQ(maildir.read("maildirsize"), start + std::string(row.line));
    take_off_quota(row.octets, row.messages);
    CHECK_EQ(maildir.read("maildirsize"), start + std::string(row.line) + std::string(row.line));
  }
}

TEST(nothing_taken_off_is_no_line) {
  const Maildir maildir;
  maildir.write("maildirsize", start);
  take_off_quota(0, 0);
  take_off_quota(100, 0);
  CHECK_EQ(maildir.read("maildirsize"), start);
}

TEST(maildirsize_is_never_made) {
  const Maildir maildir;
  take_off_quota(100, 1);
  CHECK(!maildir.has("maildirsize"));
  maildir.enter(".Work");
  take_off_quota(100, 1);
  CHECK(!maildir.has("maildirsize") && !maildir.has(".Work/maildirsize"));
}

TEST(folder_takes_off_its_maildirs_account) {
  const Maildir maildir;
  maildir.write("maildirsize", start);
  maildir.write(".Work/maildirsize", start);  // nobody's, and not to be touched
  maildir.enter(".Work");
  take_off_quota(100, 2);
  CHECK_EQ(maildir.read("maildirsize"), start + std::string("-100 -2      \n"));
  CHECK_EQ(maildir.read(".Work/maildirsize"), start);
}

TEST(what_is_no_file_in_its_place_does_no_harm) {
  const Maildir maildir;
  maildir.write("other", start);
  ::symlink("other", "maildirsize");
  take_off_quota(100, 1);
  CHECK_EQ(maildir.read("other"), start);
  ::unlink("maildirsize");
  ::mkfifo("maildirsize", 0600);
  take_off_quota(100, 1);  // comes back, though nobody reads
  ::unlink("maildirsize");
  ::mkdir("maildirsize", 0700);
  take_off_quota(100, 1);
}
