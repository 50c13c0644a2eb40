// SPDX-License-Identifier: ISC
#include "base/text.h"

#include <cstdint>
#include <limits>

#include "tests/check.h"

using base::parse_number;
using base::Text;

TEST(text_takes_exactly_its_size) {
  Text<4> text("abcd");
  CHECK_EQ(text.view(), "abcd");
  CHECK(!text.overflowed());
}

TEST(text_keeps_what_fits_and_says_that_it_overflowed) {
  Text<4> text("ab");
  text << "cdef";
  CHECK_EQ(text.view(), "abcd");
  CHECK(text.overflowed());
}

TEST(text_that_overflowed_stays_so_when_shorter_parts_follow) {
  Text<4> text("abcdef");
  text << "" << 'x' << 7u;
  CHECK_EQ(text.view(), "abcd");
  CHECK(text.overflowed());
}

TEST(text_is_always_followed_by_a_nul) {
  Text<4> text;
  CHECK_EQ(text.c_str(), std::string());
  text << "abcdef";
  CHECK_EQ(text.c_str(), std::string("abcd"));
}

TEST(text_is_as_new_after_clear) {
  Text<4> text("abcdef");
  text.clear();
  CHECK(text.empty() && !text.overflowed());
  CHECK_EQ(text.c_str(), std::string());
  CHECK_EQ((text << "xy").view(), "xy");
}

TEST(text_writes_numbers_in_full_at_their_bounds) {
  Text<80> text;
  text << std::numeric_limits<std::uint64_t>::max() << ' '
       << std::numeric_limits<std::int64_t>::min() << ' ' << 0;
  CHECK_EQ(text.view(), "18446744073709551615 -9223372036854775808 0");
}

TEST(text_keeps_a_nul_within) {
  const Text<8> text(std::string_view("a\0b", 3));
  CHECK_EQ(text.view().size(), 3u);
}

TEST(parse_number_takes_what_is_within_its_type) {
  CHECK(parse_number<std::uint8_t>("0") == 0);
  CHECK(parse_number<std::uint8_t>("255") == 255);
  CHECK(parse_number<std::uint32_t>("4294967295") == 4294967295u);
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == 18446744073709551615u);
  CHECK(parse_number<std::uint8_t>("0000000000000000000000007") == 7);
}

// features: H30
TEST(parse_number_refuses_what_is_above_its_type) {
  CHECK(!parse_number<std::uint8_t>("256"));
  CHECK(!parse_number<std::uint32_t>("4294967296"));
  CHECK(!parse_number<std::uint64_t>("18446744073709551616"));
  CHECK(!parse_number<std::uint64_t>(std::string(1000, '9')));
}

TEST(parse_number_takes_digits_only) {
  for (const std::string_view text : {"", " ", "-", "+", "-0", "-1", "+1", " 1", "1 ", "1\n", "1.0",
                                      "1e3", "0x10", "a", "1a", "\xb2", "1,0"})
    CHECK_ROW(text, !parse_number<std::uint64_t>(text));
  CHECK(!parse_number<std::uint64_t>(std::string_view("1\0", 2)));
}

TEST(case_changes_for_ascii_letters_alone) {
  for (int i = 0; i < 256; ++i) {
    const auto c = static_cast<char>(i);
    const bool is_upper = i >= 'A' && i <= 'Z', is_lower = i >= 'a' && i <= 'z';
    CHECK_ROW(i, base::lower(c) == static_cast<char>(is_upper ? i + 32 : i));
    CHECK_ROW(i, base::upper(c) == static_cast<char>(is_lower ? i - 32 : i));
  }
}

TEST(graphic_is_ascii_from_0x21_to_0x7e) {
  for (int i = 0; i < 256; ++i)
    CHECK_ROW(i, base::is_graphic(static_cast<char>(i)) == (i >= 0x21 && i <= 0x7e));
}
