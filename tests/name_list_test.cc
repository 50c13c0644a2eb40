// SPDX-License-Identifier: ISC
#include "checkpw/name_list.h"

#include <sys/stat.h>

#include "base/failure.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using checkpw::NameList;

bool lists(std::string_view content, std::string_view name) {
  static const Scratch scratch;
  scratch.write("list", std::string(content));
  return NameList(scratch.path("list")).has(name);
}

std::string error_of(const std::string& path) {
  try {
    const NameList list(path);
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "none";
}

}  // namespace

// features: B18
TEST(a_line_is_a_name_whole_and_exact) {
  for (const auto* content : {"joe", "joe\n", "ann\njoe\nbob\n", "ann\n\njoe", "joe\r\n", " \tjoe \t\r\n", "joe\njoe\n"})
    CHECK_ROW(content, lists(content, "joe"));
  for (const auto* content : {"", "\n", "Joe\n", "joey\n", "xjoe\n", "jo\ne\n", "joe ann\n", "joe,ann\n", "joe\fx", "ann\nbob\n"})
    CHECK_ROW(content, !lists(content, "joe"));
}

// features: B18
TEST(a_long_name_is_not_cut) {
  const std::string longest(128, 'a');
  CHECK(lists("x\n" + longest + "\n", longest));
  CHECK(!lists("x\n" + longest + "b\n", longest));
  CHECK(!lists(longest.substr(1) + "\n", longest));
  CHECK(lists(std::string(200000, 'x') + "\njoe\n", "joe"));
}

TEST(lines_that_begin_with_a_hash_say_nothing) {
  CHECK(!lists("# joe\n#joe\n", "joe"));
  CHECK(!lists("#joe\n", "#joe"));
}

TEST(octets_beyond_ascii_and_nuls_are_compared_as_they_are) {
  CHECK(lists("j\xc3\xb6\n", "j\xc3\xb6"));
  CHECK(!lists(std::string_view("joe\0x\n", 6), "joe"));
}

// features: B18 B19
TEST(a_file_that_cannot_be_read_is_a_failure) {
  const Scratch scratch;
  CHECK_EQ(error_of(scratch.path("missing")), "open " + scratch.path("missing") + ": No such file or directory");
  CHECK_EQ(error_of(scratch.path()), scratch.path() + ": not a regular file");
  ::mkfifo(scratch.path("pipe").c_str(), 0600);
  CHECK_EQ(error_of(scratch.path("pipe")), scratch.path("pipe") + ": not a regular file");
}
