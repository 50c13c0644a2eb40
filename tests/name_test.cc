// SPDX-License-Identifier: ISC
#include "maildir/name.h"

#include <algorithm>
#include <limits>
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
