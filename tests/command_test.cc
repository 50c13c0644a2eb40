// SPDX-License-Identifier: ISC
#include "pop3d/command.h"

#include "tests/check.h"

namespace {

using namespace std::string_view_literals;

}  // namespace

TEST(command_is_split_at_its_first_blank) {
  const struct {
    std::string_view line, keyword, argument;
  } table[] = {
      {"QUIT", "QUIT", ""},         {"", "", ""},
      {"USER joe", "USER", "joe"},  {"PASS a b  c ", "PASS", "a b  c "},
      {"PASS  x", "PASS", " x"},    {"QUIT ", "QUIT", ""},
      {" QUIT", "", "QUIT"},        {" ", "", ""},
      {"retr\t1", "retr\t1", ""},   {"TOP 1 10", "TOP", "1 10"},
  };
  for (const auto& row : table) {
    const auto command = pop3d::parse_command(row.line);
    CHECK_EQ(command.keyword, row.keyword);
    CHECK_EQ(command.argument, row.argument);
  }
}

TEST(keyword_is_known_in_any_case) {
  for (const std::string_view typed : {"STLS", "stls", "StLs"})
    CHECK_ROW(typed, pop3d::is_keyword(typed, "STLS"));
}

TEST(keyword_is_known_only_whole) {
  for (const auto typed : {"", "STL", "STLSX", "STLS ", " STLS", "STLs\xc5", "ST\x4c\xd3"})
    CHECK_ROW(typed, !pop3d::is_keyword(typed, "STLS"));
  CHECK(!pop3d::is_keyword("STLS\0"sv, "STLS"));
}

TEST(printable_is_graphic_ascii_and_the_blank) {
  for (int i = 0; i < 256; ++i) {
    const char line[] = {'a', static_cast<char>(i), 'b'};
    CHECK_ROW(i, pop3d::is_printable({line, 3}) == (i >= 0x20 && i <= 0x7e));
  }
  CHECK(pop3d::is_printable(""));
}

TEST(arguments_are_split_at_single_blanks) {
  const struct {
    std::string_view argument;
    std::size_t count;
    std::string_view first, second;
  } table[] = {
      {"", 0, "", ""}, {"1", 1, "1", ""}, {"1 10", 2, "1", "10"}, {"a\tb c", 2, "a\tb", "c"}};
  for (const auto& row : table) {
    const auto split = pop3d::split_arguments(row.argument);
    CHECK_ROW(row.argument, split && split->count == row.count && split->words[0] == row.first &&
                                split->words[1] == row.second);
  }
}

TEST(arguments_that_are_empty_or_more_than_two_are_refused) {
  for (const auto argument : {" ", "  ", " 1", "1 ", "1  2", "1 2 ", " 1 2", "1 2 3", "1 2  "})
    CHECK_ROW(argument, !pop3d::split_arguments(argument));
}
