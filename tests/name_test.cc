// SPDX-License-Identifier: ISC
#include "maildir/name.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "tests/check.h"

namespace {

using maildir::uidl;

// RFC 1939 s.7
bool is_valid(std::string_view id) {
  return !id.empty() && id.size() <= 70 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
}

bool is_hash(std::string_view id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == id.npos;
}

const std::string names_without_a_valid_id[] = {
    std::string(71, 'x'),  std::string(254, 'x'), "", ":2,S", "two words", "m\xc3\xbcller", "tab\t",
    "line\n", "\x7f", " ",
};

}  // namespace

TEST(unique_name_ends_at_the_first_colon) {
  const struct {
    std::string_view file_name, unique;
  } table[] = {{"1.2.h", "1.2.h"}, {"1.2.h:2,S", "1.2.h"}, {"1.2.h:", "1.2.h"}, {"1:2:3", "1"},
               {":2,S", ""},       {"", ""},               {"1.h,S=3,W=4:2,", "1.h,S=3,W=4"}};
  for (const auto& row : table) CHECK_EQ(maildir::unique_name(row.file_name), row.unique);
}

TEST(flags_are_the_letters_behind_info_2) {
  const struct {
    std::string_view file_name, flags;
  } table[] = {{"1.2.h:2,", ""}, {"1.2.h:2,FRS", "FRS"}, {"1.2.h", ""}, {"1.2.h:1,S", ""},
               {"1.h2,S", ""},   {"1.h:2S", ""},         {"", ""},      {":2,S", "S"}};
  for (const auto& row : table) CHECK_EQ(maildir::flags(row.file_name), row.flags);
}

TEST(time_prefix_is_the_number_a_name_begins_with) {
  constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
  const struct {
    std::string_view file_name;
    std::uint64_t time;
  } table[] = {
      {"1700000000.M1P2.h", 1700000000}, {"0.1.h", 0},   {"42", 42},  {"", 0},  {"x1", 0},
      {"-1.h", 0},                       {"+1.h", 0},    {" 1.h", 0}, {"007.h", 7},
      {"18446744073709551615.h", largest}, {"18446744073709551616.h", largest},
      {"99999999999999999999999999999999.h", largest},
  };
  for (const auto& row : table) CHECK_EQ(maildir::time_prefix(row.file_name), row.time);
}

TEST(sizes_in_name_are_numbers_up_to_the_next_comma_or_colon) {
  using Size = std::optional<std::uint64_t>;
  constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
  const struct {
    std::string_view file_name;
    Size file, wire;
  } table[] = {
      {"1.h,S=3", 3, {}},
      {"1.h,W=4", {}, 4},
      {"1.h,S=3,W=4", 3, 4},
      {"1.h,W=4,S=3:2,S", 3, 4},
      {"1.h,S=0,W=0", 0, 0},
      {"1.h,S=007", 7, {}},
      {"1.h,S=3,X=1,W=4,Y", 3, 4},
      {"1.h,S=18446744073709551615", largest, {}},
      {"1.h,S=18446744073709551616,W=4", {}, 4},
      {"1.h,S=99999999999999999999999999", {}, {}},
      {"1.h,S=3x,W=4", {}, 4},
      {"1.h,S=3.W=4", {}, {}},
      {"1.h,S=,W=4", {}, 4},
      {"1.h,S=", {}, {}},
      {"1.h,S", {}, {}},
      {"1.h,S=-3,W=+4", {}, {}},
      {"1.h,S= 3,W=4 ", {}, {}},
      {"1.h,s=3,w=4", {}, {}},
      {"S=3,W=4", {}, 4},
      {"1.hS=3W=4", {}, {}},
      {"1.h:2,S=3,W=4", {}, {}},
      {"1.h,S=3:2,W=4", 3, {}},
      {"1.h:,S=3", {}, {}},
      {",S=3", 3, {}},
      {"", {}, {}},
      {":2,S", {}, {}},
  };
  for (const auto& row : table) {
    const auto stated = maildir::sizes_in_name(row.file_name);
    CHECK_ROW(row.file_name, stated.file == row.file);
    CHECK_ROW(row.file_name, stated.wire == row.wire);
  }
}

TEST(with_flag_adds_a_letter_where_ascii_has_it) {
  const struct {
    std::string_view file_name;
    char flag;
    std::string_view want;
  } table[] = {
      {"1.h", 'S', "1.h:2,S"},          {"1.h:2,", 'S', "1.h:2,S"},    {"1.h:2,F", 'S', "1.h:2,FS"},
      {"1.h:2,T", 'S', "1.h:2,ST"},     {"1.h:2,FT", 'S', "1.h:2,FST"}, {"1.h:2,S", 'S', "1.h:2,S"},
      {"1.h:2,FST", 'S', "1.h:2,FST"},  {"1.h:2,abc", 'S', "1.h:2,Sabc"}, {"1.h:2,TS", 'S', "1.h:2,STS"},
      {"1.h", '\0', "1.h:2,"},          {"1.h:2,", '\0', "1.h:2,"},    {"1.h:2,FR", '\0', "1.h:2,FR"},
      {"1.h:1,x", 'S', "1.h:1,x"},      {"1.h:1,x", '\0', "1.h:1,x"},  {"1.h:", 'S', "1.h:"},
      {"1.h:2", 'S', "1.h:2"},          {"", 'S', ":2,S"},             {"1.h,S=3,W=4:2,R", 'S', "1.h,S=3,W=4:2,RS"},
  };
  for (const auto& row : table) {
    const auto name = maildir::with_flag(row.file_name, row.flag);
    CHECK(name.has_value());
    if (name) CHECK_EQ(name->view(), row.want);
  }
}

TEST(with_flag_gives_nothing_that_is_too_long_for_a_file) {
  const struct {
    std::size_t unique_size;
    const char* info;
    char flag;
    bool fits;
  } table[] = {{251, "", 'S', true},     {252, "", 'S', false},      {252, "", '\0', true},
               {253, "", '\0', false},   {250, ":2,F", 'S', true},   {251, ":2,F", 'S', false},
               {251, ":2,S", 'S', true}, {251, ":2,F", '\0', true},  {255, "", 'S', false},
               {251, ":1,x", 'S', true}};
  for (const auto& row : table) {
    const auto name = std::string(row.unique_size, 'x') + row.info;
    const auto flagged = maildir::with_flag(name, row.flag);
    CHECK_ROW(name, flagged.has_value() == row.fits);
    if (flagged) CHECK(flagged->view().size() <= maildir::max_file_name && !flagged->overflowed());
  }
}

TEST(uidl_is_the_unique_name_where_it_may_be) {
  for (const std::string name : {"1700000000.M1P2.host", "!", "~", "1.h,S=3,W=4"})
    CHECK_EQ(uidl(name, 0).view(), name);
  CHECK_EQ(uidl("1.2.h:2,S", 0).view(), "1.2.h");
  CHECK_EQ(uidl(std::string(70, 'x'), 0).view(), std::string(70, 'x'));
}

TEST(uidl_is_a_hash_where_the_name_may_not_be_one) {
  for (const auto& name : names_without_a_valid_id) CHECK_ROW(name, is_hash(uidl(name, 0).view()));
}

TEST(uidl_hash_never_changes) {
  // FNV-1a of 128 bits, computed elsewhere: what a client has seen it must see again
  CHECK_EQ(uidl("", 0).view(), "6c62272e07bb014262b821756295c58d");
  CHECK_EQ(uidl("two words", 0).view(), "1b07dd9ce7066cc844eb975de7592714");
  CHECK_EQ(uidl(std::string(71, 'x'), 0).view(), "bde532d67920afc07a21c56055128e4f");
}

TEST(uidl_does_not_change_with_the_flags) {
  CHECK_EQ(uidl("1.2.h", 0).view(), uidl("1.2.h:2,S", 0).view());
  CHECK_EQ(uidl(std::string(71, 'x'), 0).view(), uidl(std::string(71, 'x') + ":2,S", 0).view());
}

TEST(uidl_differs_for_names_that_need_a_hash) {
  std::set<std::string> ids;
  for (std::size_t size = 71; size < 254; ++size)
    for (const char c : {'x', 'y'}) ids.emplace(uidl(std::string(size, c), 0).view());
  CHECK_EQ(ids.size(), 366u);
}

TEST(uidl_of_a_copy_is_the_names_with_its_number_behind) {
  CHECK_EQ(uidl("1.2.h:2,S", 1).view(), "1.2.h-2");
  CHECK_EQ(uidl("1.2.h", 9).view(), "1.2.h-10");
}

TEST(uidl_is_valid_for_every_size_and_copy) {
  for (std::size_t size = 0; size <= 255; ++size)
    for (const unsigned copy : {0u, 1u, 9u, 99999u, std::numeric_limits<unsigned>::max() - 1}) {
      const auto id = uidl(std::string(size, 'x'), copy);
      CHECK_ROW(size, is_valid(id.view()) && !id.overflowed());
    }
}

TEST(uidl_differs_for_every_copy) {
  for (const std::size_t size : {1u, 58u, 59u, 60u, 70u, 71u, 200u}) {
    std::set<std::string> ids;
    for (unsigned copy = 0; copy < 1000; ++copy)
      ids.emplace(uidl(std::string(size, 'x'), copy).view());
    CHECK_EQ(ids.size(), 1000u);
  }
}
