// SPDX-License-Identifier: ISC
#include "maildir/uidl_map.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::UidlMap;

UidlMap map_of(std::string_view text) {
  base::Array<char> content;
  if (!text.empty()) std::copy(text.begin(), text.end(), content.extend(text.size()));
  return UidlMap(std::move(content));
}

bool refuses(const std::string& path) {
  try {
    const UidlMap map(path.c_str());
    return false;
  } catch (const base::Failure&) {
    return true;
  }
}

}  // namespace

TEST(a_uidl_is_1_to_70_graphic_octets) {
  for (const std::string good : {"!", "~", "UID1-2", "000000014190ab00"})
    CHECK_ROW(good, maildir::is_uidl(good));
  CHECK(maildir::is_uidl(std::string(70, 'x')));
  CHECK(!maildir::is_uidl(std::string(71, 'x')));
  for (const std::string_view bad : {"", " ", "a b", "a\t", "\x7f", "\xc3\xbc", "a\r"})
    CHECK_ROW(bad, !maildir::is_uidl(bad));
  CHECK(!maildir::is_uidl(std::string_view("a\0b", 3)));
}

TEST(each_line_maps_a_unique_name_to_its_id) {
  const struct {
    std::string_view line, name, id;
  } table[] = {
      {"1.2.h\tX\n", "1.2.h", "X"},
      {"1.2.h\tX", "1.2.h", "X"},
      {"1.2.h\tX\r\n", "1.2.h", "X"},
      {"1.2.h,S=3,W=4\tUID1-2\n", "1.2.h,S=3,W=4", "UID1-2"},
      {"1.2.h:2,RS\tX\n", "1.2.h", "X"},
      {"1.2.h:2,a\tb\tX\n", "1.2.h", "X"},
      {"two words\tX\n", "two words", "X"},
      {"a\ttab\tX\n", "a\ttab", "X"},
      {" \t!\n", " ", "!"},
      {"m\xc3\xbcller\t~\n", "m\xc3\xbcller", "~"},
      {"cr\r\tX\n", "cr\r", "X"},
      {"%s%n\t%p%n\n", "%s%n", "%p%n"},
  };
  for (const auto& row : table) {
    const auto map = map_of(row.line);
    CHECK_EQ(map.find(row.name), row.id);
    CHECK_EQ(map.size(), 1u);
    CHECK_EQ(map.malformed(), 0u);
    CHECK(map.gives(row.id));
  }
}

TEST(lines_that_do_not_count_are_counted) {
  const std::string long_id = "1.h\t" + std::string(71, 'x') + '\n';
  for (const std::string_view line :
       {std::string_view("no tab\n"), std::string_view("\n"), std::string_view("\r\n"),
        std::string_view("\t\n"), std::string_view("\tid\n"), std::string_view("name\t\n"),
        std::string_view("a/b\tid\n"), std::string_view("../x\tid\n"), std::string_view("name\ta b\n"),
        std::string_view("name\tid \n"), std::string_view("name\tid\r\r\n"),
        std::string_view("name\t\xff\n"), std::string_view(":2,S\tid\n"),
        std::string_view("name\ti\0d\n", 9), std::string_view(long_id), std::string_view("name")}) {
    const auto map = map_of(line);
    CHECK_ROW(line, map.size() == 0);
    CHECK_ROW(line, map.malformed() == 1);
    CHECK_ROW(line, map.find("name").empty() && map.find("1.h").empty());
  }
  const auto map = map_of("bad\n1.h\tA\n\n2.h\tB\nbad\n");
  CHECK_EQ(map.size(), 2u);
  CHECK_EQ(map.malformed(), 3u);
  CHECK_EQ(map.find("2.h"), "B");
}

TEST(of_lines_with_one_name_the_first_counts) {
  const auto map = map_of("b\tX\na\tY\nb\tZ\nb:2,S\tW\n");
  CHECK_EQ(map.find("b"), "X");
  CHECK_EQ(map.size(), 2u);
  CHECK_EQ(map.malformed(), 2u);
  CHECK(!map.gives("Z"));
}

TEST(of_lines_with_one_id_the_first_counts) {
  const auto map = map_of("b\tX\na\tX\nc\tY\n");
  CHECK_EQ(map.find("b"), "X");
  CHECK_EQ(map.find("a"), "");
  CHECK_EQ(map.find("c"), "Y");
  CHECK_EQ(map.malformed(), 1u);
}

TEST(a_line_whose_name_came_earlier_takes_no_id_away) {
  const auto map = map_of("a\tX\na\tY\nb\tY\n");
  CHECK_EQ(map.find("a"), "X");
  CHECK_EQ(map.find("b"), "Y");
  CHECK_EQ(map.malformed(), 1u);
}

TEST(what_is_not_in_the_map_is_not_found) {
  const auto map = map_of("1.2.h\tX\n1.2.hh\tY\n");
  for (const std::string_view name : {"", "1", "1.2.", "1.2.h:2,S", "1.2.hhh", "2", "X", "\xff"})
    CHECK_ROW(name, map.find(name).empty());
  for (const std::string_view id : {"", "x", "XX", "1.2.h"}) CHECK_ROW(id, !map.gives(id));
  CHECK(UidlMap().find("x").empty());
  CHECK(!UidlMap().gives("x"));
}

TEST(ids_differ_in_case_and_names_in_every_octet) {
  const auto map = map_of("name-of-8\ta\nname-of-9\tA\nNAME-of-9\tb\nname-of\tc\nname-of-\xf0\td\n");
  CHECK_EQ(map.size(), 5u);
  CHECK_EQ(map.find("name-of-9"), "A");
  CHECK_EQ(map.find("NAME-of-9"), "b");
  CHECK_EQ(map.find("name-of"), "c");
  CHECK_EQ(map.find("name-of-\xf0"), "d");
  CHECK(map.gives("a") && map.gives("A"));
}

TEST(entries_are_in_the_order_of_names) {
  const auto map = map_of("c\tX\nb\tZ\na\tY\n\xff\tW\n");
  std::string all;
  for (std::size_t i = 0; i < map.size(); ++i) all.append(map[i].unique_name).append(map[i].uidl);
  CHECK_EQ(all,
           "aYbZcX\xff"
           "W");
}

TEST(a_hundred_thousand_lines_in_any_order) {
  std::string text;
  const auto name = [](int i) {
    return std::to_string(1700000000 + i * 7919 % 100000) + ".M1P1.mail.example.org";
  };
  for (int i = 0; i < 100000; ++i) text += name(i) + '\t' + "UID" + std::to_string(i) + '\n';
  const auto map = map_of(text);
  CHECK_EQ(map.size(), 100000u);
  CHECK_EQ(map.malformed(), 0u);
  int wrong = 0;
  for (int i = 0; i < 100000; ++i) wrong += map.find(name(i)) != "UID" + std::to_string(i);
  CHECK_EQ(wrong, 0);
}

TEST(a_map_that_is_not_there_is_empty) {
  const Scratch scratch;
  const UidlMap map(scratch.path("uidl.map").c_str());
  CHECK_EQ(map.size(), 0u);
  CHECK_EQ(map.malformed(), 0u);
}

TEST(a_map_is_read_from_its_file) {
  const Scratch scratch;
  scratch.write("uidl.map", "b\tX\na\tY\nbad\n");
  const UidlMap map(scratch.path("uidl.map").c_str());
  CHECK_EQ(map.find("a"), "Y");
  CHECK_EQ(map.malformed(), 1u);
  scratch.write("uidl.map", "");
  CHECK_EQ(UidlMap(scratch.path("uidl.map").c_str()).size(), 0u);
}

TEST(a_map_that_is_no_file_is_refused_and_not_waited_for) {
  const Scratch scratch;
  scratch.make_directory("directory");
  CHECK(refuses(scratch.path("directory")));
  CHECK_EQ(::mkfifo(scratch.path("fifo").c_str(), 0600), 0);
  CHECK(refuses(scratch.path("fifo")));
}

TEST(a_map_larger_than_256_MiB_is_refused) {
  const Scratch scratch;
  scratch.write("uidl.map", "a\tX\n");
  CHECK_EQ(::truncate(scratch.path("uidl.map").c_str(), maildir::max_list_size + 1), 0);
  CHECK(refuses(scratch.path("uidl.map")));
}

TEST(a_map_that_may_not_be_read_is_refused) {
  // To go on without it would be to change every id.
  const Scratch scratch;
  scratch.write("uidl.map", "a\tX\n", 0000);
  CHECK_EQ(::chmod(scratch.path().c_str(), 0755), 0);
  const bool is_root = ::geteuid() == 0;
  if (is_root) CHECK_EQ(::seteuid(65534), 0);
  CHECK(refuses(scratch.path("uidl.map")));
  if (is_root) CHECK_EQ(::seteuid(0), 0);
}

TEST(a_map_stays_what_it_was_when_it_is_moved) {
  auto first = map_of("a\tX\nb\tY\n");
  const UidlMap second = std::move(first);
  CHECK_EQ(second.find("b"), "Y");
  CHECK(second.gives("X"));
}

TEST(lines_are_cut_at_LF_and_CRLF) {
  maildir::ListLines lines("a\n\nb\r\nc\rd\r\r\nend");
  const struct {
    std::string_view line;
    bool is_whole;
  } table[] = {{"a", true}, {"", true}, {"b", true}, {"c\rd\r", true}, {"end", false}};
  std::size_t number = 0;
  std::string_view line;
  for (const auto& row : table) {
    CHECK(lines.next(line));
    CHECK_EQ(line, row.line);
    CHECK_EQ(lines.is_whole(), row.is_whole);
    CHECK_EQ(lines.number(), ++number);
  }
  CHECK(!lines.next(line));
  CHECK(!maildir::ListLines("").next(line));
}
