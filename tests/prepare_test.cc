// SPDX-License-Identifier: ISC
#include "checkpw/prepare.h"

#include "tests/check.h"

namespace {

using namespace std::string_literals;
using checkpw::is_utf8_text;
using checkpw::prepare;

}  // namespace

TEST(ascii_stays_as_it_is) {
  for (const auto& text : {""s, "joe"s, " two  blanks "s, "~!\"\\{}%"s, "a\tb\x7f"s, std::string(1000, 'x')})
    CHECK_ROW(text, prepare(text) == text);
}

TEST(examples_of_rfc_4013) {
  CHECK(prepare("I\xc2\xadX") == "IX");           // soft hyphen is nothing
  CHECK(prepare("user") == "user");
  CHECK(prepare("USER") == "USER");               // case stays
  CHECK(prepare("\xc2\xaa") == "a");              // feminine ordinal
  CHECK(prepare("\xe2\x85\xa8") == "IX");         // roman numeral nine
  CHECK(!prepare("\xc2\x87"));                    // a control character
  CHECK(!prepare("\xd8\xa7" "1"));                // an Arabic letter, then a digit: bidirectional
}

TEST(one_word_typed_in_two_ways_is_the_same) {
  CHECK(prepare("mu\xcc\x88ller") == "m\xc3\xbcller");
  CHECK(prepare("m\xc3\xbcller") == "m\xc3\xbcller");
  CHECK(prepare("a\xc2\xa0" "b\xe3\x80\x80" "c\xc3\xbc") == "a b c\xc3\xbc");  // blanks
  CHECK(prepare("\xef\xac\x81\xc3\xbc") == "fi\xc3\xbc");                      // the ligature fi
  CHECK(prepare("\xef\xbd\xb6\xef\xbe\x9e") == "\xe3\x82\xac");                // half-width katakana
}

TEST(what_is_prohibited_is_refused) {
  for (const auto text : {
           "\xc2\x80", "\xc2\x9f",            // C1
           "\xee\x80\x80", "\xf3\xb0\x80\x80",  // private use
           "\xef\xb7\x90", "\xef\xbf\xbf",    // no characters
           "\xef\xbf\xbd",                    // the replacement character
           "\xe2\x80\x8e",                    // left-to-right mark
           "\xe2\xbf\xb0",                    // ideographic description
           "\xf3\xa0\x80\x81",                // a tag
           "\xf0\x9f\x98\x80",                // an emoji: not in Unicode 3.2
           "a\xd8\xa7", "\xd8\xa7" "b\xd8\xa7", "\xd7\x90" "1"}) // mixed directions
    CHECK_ROW(text, !prepare(text));
}

TEST(what_is_no_utf8_is_refused) {
  for (const auto& text : {"\x80"s, "\xbf"s, "\xc3"s, "\xc3" "a"s, "\xc0\xaf"s, "\xc1\xbf"s, "\xe0\x80\xaf"s, "\xe0\x9f\xbf"s,
                           "\xe2\x82"s, "\xe2\x82" "a"s, "\xed\xa0\x80"s, "\xed\xbf\xbf"s, "\xf0\x80\x80\xaf"s, "\xf0\x8f\xbf\xbf"s,
                           "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xf8\x88\x80\x80\x80"s, "\xfe"s, "\xff"s, "m\xfcller"s,
                           "\xc3\xbc\0"s, "\xc3\xbc\n"s, "a\x7f\xc3\xbc"s})
    CHECK_ROW(text, !is_utf8_text(text) && !prepare(text));
  for (const auto& text : {""s, "\xc2\xa0"s, "\xdf\xbf"s, "\xe0\xa0\x80"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xf0\x90\x80\x80"s,
                           "\xf4\x8f\xbf\xbf"s})
    CHECK_ROW(text, is_utf8_text(text));
}

TEST(longest_text_is_prepared_and_a_longer_one_refused) {
  std::string text;
  while (text.size() < 512) text += "\xef\xb7\xba";  // of one code point NFKC makes eighteen
  text.resize(510);
  CHECK(prepare(text) && prepare(text)->size() == 510 / 3 * 33);
  CHECK(!prepare(text + "\xc3\xbc" "a"));
}
