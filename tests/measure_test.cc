// SPDX-License-Identifier: ISC
#include "maildir/measure.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "maildir/wire.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::Measured;
using maildir::measure;
using maildir::SizePolicy;
using maildir::unknown_size;

constexpr SizePolicy all_policies[] = {SizePolicy::exact, SizePolicy::name, SizePolicy::file};

// One directory with what a test puts there.
class Folder {
 public:
  Folder() { ::chmod(scratch_.path().c_str(), 0755); }
  void write(const std::string& name, std::string_view content, unsigned mode = 0644) const {
    scratch_.write(name, content, mode);
  }
  std::string path(std::string_view name) const { return scratch_.path(name); }
  std::optional<Measured> size(const std::string& name, SizePolicy policy) const {
    return measure(fd_.get(), name.c_str(), policy);
  }
  // "WIRE FILE", with "-" where the file was not touched; "none" for what is no message.
  std::string sizes(const std::string& name, SizePolicy policy) const {
    const auto measured = size(name, policy);
    if (!measured) return "none";
    return std::to_string(measured->wire_size) + ' ' +
           (measured->file_size == unknown_size ? "-" : std::to_string(measured->file_size));
  }

 private:
  Scratch scratch_;
  base::UniqueFd fd_ = base::open_file(scratch_.path().c_str(), O_RDONLY | O_DIRECTORY);
};

}  // namespace

TEST(each_policy_gives_its_own_sizes) {
  const Folder folder;
  const struct {
    const char *name, *content, *exact, *by_name, *file;
  } table[] = {
      {"1.h", "", "0 0", "0 0", "0 0"},
      {"2.h", "a\nb\n", "6 4", "6 4", "4 4"},
      {"3.h", "a\r\nb", "6 4", "6 4", "4 4"},
      {"4.h,S=4", "a\nb\n", "6 4", "4 -", "4 4"},
      {"5.h,W=6", "a\nb\n", "6 4", "6 -", "4 4"},
      {"6.h,S=4,W=6", "a\nb\n", "6 4", "6 -", "4 4"},
      {"7.h,S=4,W=6:2,S", "a\nb\n", "6 4", "6 -", "4 4"},
      {"8.h,S=x,W=", "a\nb\n", "6 4", "6 4", "4 4"},
      {"9.h:2,S=9,W=9", "a\nb\n", "6 4", "6 4", "4 4"},
      // name believes what it reads.
      {"10.h,S=1000", "a\nb\n", "6 4", "1000 -", "4 4"},
      {"11.h,S=0,W=0", "a\nb\n", "6 4", "0 -", "4 4"},
  };
  for (const auto& row : table) {
    folder.write(row.name, row.content);
    CHECK_EQ(folder.sizes(row.name, SizePolicy::exact), row.exact);
    CHECK_EQ(folder.sizes(row.name, SizePolicy::name), row.by_name);
    CHECK_EQ(folder.sizes(row.name, SizePolicy::file), row.file);
  }
}

// That W= is used, not a reading, is seen by a W= that is wrong but might be right.
TEST(exact_believes_a_plausible_w_and_looks_at_the_last_octet) {
  const Folder folder;
  const struct {
    const char *name, *content, *exact;
  } table[] = {
      {"1.h,W=6", "abcd\n", "6 5"},
      {"2.h,W=5", "abcd\n", "5 5"},    // as if the LF were a CRLF's
      {"3.h,W=10", "abcd\n", "10 5"},  // as if all were LFs
      {"4.h,W=5", "abcde", "7 5"},
      {"5.h,W=6", "ab\nde", "8 5"},
      {"6.h,W=5", "abcd\r", "7 5"},
      {"7.h,W=0", "", "0 0"},
      {"8.h,S=5,W=7", "abcd\n", "7 5"},
      {"9.h,W=7,S=5:2,RS", "abcd\n", "7 5"},
  };
  for (const auto& row : table) {
    folder.write(row.name, row.content);
    CHECK_EQ(folder.sizes(row.name, SizePolicy::exact), row.exact);
  }
}

TEST(exact_reads_the_file_where_w_cannot_be_right) {
  const Folder folder;
  const struct {
    const char *name, *content, *exact;
  } table[] = {
      {"1.h,W=4", "abcd\n", "6 5"},   // less than the file
      {"2.h,W=11", "abcd\n", "6 5"},  // more than LFs could make of it
      {"3.h,W=1", "", "0 0"},
      {"4.h,W=0", "abcd\n", "6 5"},
      {"5.h,W=18446744073709551615", "abcd\n", "6 5"},
      {"6.h,S=6,W=7", "abcd\n", "6 5"},  // another file's sizes
      {"7.h,S=4,W=7", "abcd\n", "6 5"},
      {"8.h,W=7x", "abcd\n", "6 5"},
      {"9.h,S=5", "abcd\n", "6 5"},
  };
  for (const auto& row : table) {
    folder.write(row.name, row.content);
    CHECK_EQ(folder.sizes(row.name, SizePolicy::exact), row.exact);
  }
}

// What is announced is what WireSize counts of the file, wherever its pieces end.
TEST(exact_counts_files_larger_than_its_buffer) {
  const Folder folder;
  for (const std::size_t size : {65535u, 65536u, 65537u, 131072u, 300000u})
    for (const char* line : {"\n", "\r\n", "a", "ab\r\nc\n"}) {
      std::string content;
      while (content.size() < size) content += line;
      content.resize(size);
      folder.write("1.h", content);
      maildir::WireSize wire;
      wire.add(content);
      CHECK_EQ(folder.sizes("1.h", SizePolicy::exact), std::to_string(wire.total()) + ' ' + std::to_string(size));
    }
}

// What a hole is read as, is counted: NULs, of which none ends a line.
TEST(exact_passes_over_holes_and_counts_them) {
  const Folder folder;
  constexpr std::int64_t far = std::int64_t{8} << 40;
  const struct {
    const char* name;
    std::int64_t size;
    std::vector<std::pair<std::int64_t, const char*>> pieces;
    const char* exact;
  } table[] = {
      {"1", 10, {}, "12 10"},
      {"2", 2000000, {{0, "a\nb"}}, "2000003 2000000"},
      {"3", 2000000, {{0, "a\r"}, {1999999, "\n"}}, "2000001 2000000"},
      {"4", 4000000, {{999999, "\n"}, {2000000, "\r\n"}, {3000000, "\n"}}, "4000004 4000000"},
      {"5", far, {{0, "Subject: x\n\n"}, {far / 2, "a\n"}, {far - 1, "\n"}}, "8796093022212 8796093022208"},
      {"6", far, {{0, "\r"}, {far - 2, "\n."}}, "8796093022211 8796093022208"},
  };
  for (const auto& row : table) {
    folder.write(row.name, "");
    const auto fd = base::open_file(folder.path(row.name).c_str(), O_WRONLY);
    if (::ftruncate(fd.get(), row.size) != 0) continue;  // a file system without such files
    for (const auto& [at, text] : row.pieces)
      CHECK_EQ(::pwrite(fd.get(), text, std::strlen(text), at), static_cast<long>(std::strlen(text)));
    CHECK_EQ(folder.sizes(row.name, SizePolicy::exact), row.exact);
  }
}

TEST(what_is_no_regular_file_is_no_message) {
  const Folder folder;
  folder.write("target", "a\n");
  ::mkfifo(folder.path("fifo").c_str(), 0644);
  ::symlink("target", folder.path("symlink").c_str());
  ::symlink("nothing", folder.path("dangling").c_str());
  ::mkdir(folder.path("directory").c_str(), 0755);
  ::mknod(folder.path("socket").c_str(), S_IFSOCK | 0644, 0);
  for (const auto policy : all_policies)
    for (const auto name : {"fifo", "symlink", "dangling", "directory", "socket", "nothing"})
      CHECK_ROW(name, !folder.size(name, policy));
}

TEST(file_that_we_may_not_read_is_no_message) {
  const Folder folder;
  folder.write("1.h", "a\n", 0);
  const bool is_root = ::geteuid() == 0;
  if (is_root) CHECK_EQ(::seteuid(65534), 0);
  for (const auto policy : all_policies) CHECK(!folder.size("1.h", policy));
  if (is_root) CHECK_EQ(::seteuid(0), 0);
}

// features: J09
TEST(name_touches_no_file_that_says_its_size) {
  const Folder folder;
  CHECK_EQ(folder.sizes("gone,S=5", SizePolicy::name), "5 -");
  CHECK_EQ(folder.sizes("gone,S=5,W=7:2,S", SizePolicy::name), "7 -");
  CHECK_EQ(folder.sizes("gone", SizePolicy::name), "none");
}

// A message that cannot be read now, but is there, must not be left out in silence.
TEST(failure_of_the_machine_is_thrown) {
  const Folder folder;
  folder.write("1.h", "a\n");
  rlimit limit;
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto none = rlimit{0, limit.rlim_max};
  for (const auto policy : all_policies) {
    bool has_thrown = false;
    ::setrlimit(RLIMIT_NOFILE, &none);
    try {
      folder.size("1.h", policy);
    } catch (const base::Failure&) {
      has_thrown = true;
    }
    ::setrlimit(RLIMIT_NOFILE, &limit);
    CHECK(has_thrown);
  }
}
