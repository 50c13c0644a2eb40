// SPDX-License-Identifier: ISC
#include "pop3d/mangle_wish.h"

#include <cstring>

#include "tests/check.h"

namespace {

using pop3d::MangleCharset;
using pop3d::MangleText;
using pop3d::MangleWish;

// What is wrong with the word.
std::string wrong(std::string_view word) {
  MangleWish wish;
  return std::string(pop3d::parse_mangle(word, wish));
}
MangleWish wish_of(std::string_view word) {
  MangleWish wish;
  CHECK_EQ(pop3d::parse_mangle(word, wish), "");
  CHECK(is_sound(wish));
  return wish;
}

}  // namespace

TEST(the_bare_word_wishes_plain_ascii_and_the_usual_fields) {
  for (const auto word : {"mangle", "X-MANGLE", "Mangle()", "x-mangle(lang=de;wrap=72)"}) {
    const auto wish = wish_of(word);
    CHECK_ROW(word, wish == MangleWish{});
    CHECK_ROW(word, wish.text == MangleText::plain && wish.charset == MangleCharset::us_ascii && wish.has_body == 1);
    CHECK_EQ(wish.headers, std::string("to,cc,subject,from,date,reply-to,x-priority,x-uidl"));
  }
}

TEST(attributes_are_read_in_any_case_and_order) {
  const auto wish = wish_of("mangle(Charset=UTF-8;TEXT=Html;headers=To:,X-Spam_2,subject:)");
  CHECK(wish.text == MangleText::html);
  CHECK(wish.charset == MangleCharset::utf_8);
  CHECK_EQ(wish.headers, std::string("to,x-spam_2,subject"));
}

TEST(enriched_is_plain) { CHECK(wish_of("mangle(text=enriched)").text == MangleText::plain); }

TEST(charsets_have_their_names) {
  constexpr const char* rows[][2] = {
      {"us-ascii", "US-ASCII"},     {"UTF-8", "UTF-8"},           {"iso-8859-1", "ISO-8859-1"},
      {"iso-8859-15", "ISO-8859-15"}, {"cp1252", "WINDOWS-1252"},   {"windows-1252", "WINDOWS-1252"},
      {"iso_2022-jp", "ISO-2022-JP"}, {"iso-2022-jp", "ISO-2022-JP"},
  };
  for (const auto& [typed, name] : rows)
    CHECK_EQ(name_of(wish_of(std::string("mangle(charset=") + typed + ")").charset).view(), name);
}

TEST(a_charset_that_is_none_is_refused_by_name) {
  for (const auto name : {"koi8-r", "iso-8859-0", "iso-8859-12", "iso-8859-16", "iso-8859-", "iso-8859-01", "utf-8//translit", "x"})
    CHECK_EQ(wrong(std::string("mangle(charset=") + name + ")"), "unknown charset in mangle");
}

TEST(anything_else_is_a_syntax_error) {
  for (const auto word : {"", "mang", "mangled", "mangle(", "mangle)", "mangle(text=plain", "mangle(text=plain)x", "mangle((text=plain))",
                          "mangle(text)", "mangle(text=)", "mangle(text=rtf)", "mangle(text=plain;)", "mangle(;text=plain)",
                          "mangle(text=plain;text=html)", "mangle(foo=1)", "mangle(body=none)", "mangle(=x)", "mangle(headers=)",
                          "mangle(headers=:)", "mangle(headers=to,,cc)", "mangle(headers=to:,)", "mangle(headers=a b)", "mangle(headers=a*)",
                          "mangle(lang=)", "mangle(text=plain)mangle(text=html)"})
    CHECK_EQ(wrong(word), "syntax error in mangle");
}

TEST(more_field_names_than_there_is_room_for_are_refused) {
  CHECK_EQ(wrong("mangle(headers=" + std::string(255, 'a') + ")"), "");
  CHECK_EQ(wrong("mangle(headers=" + std::string(256, 'a') + ")"), "syntax error in mangle");
}

TEST(the_filter_alone_is_told_to_leave_the_body_out) {
  MangleWish wish;
  CHECK_EQ(set_mangle_attribute("body=none", wish), "");
  CHECK(wish.has_body == 0 && is_sound(wish));
}

TEST(a_word_is_taken_for_the_wish_by_its_keyword) {
  for (const auto word : {"mangle", "x-mangle", "MANGLE(", "mangle(x)y"}) CHECK_ROW(word, pop3d::is_mangle_word(word));
  for (const auto word : {"", "1", "mangles", "y-mangle", "(mangle)", "xmangle(text=html)"})
    CHECK_ROW(word, !pop3d::is_mangle_word(word));
}

// What another process sends is not believed.
TEST(octets_of_nobodys_making_are_not_sound) {
  constexpr int kinds = 6;
  for (int kind = 0; kind < kinds; ++kind) {
    MangleWish wish;
    switch (kind) {
      case 0: wish.text = static_cast<MangleText>(2); break;
      case 1: wish.charset = static_cast<MangleCharset>(pop3d::most_charsets); break;
      case 2: wish.charset = static_cast<MangleCharset>(12); break;
      case 3: wish.headers[0] = '\0'; break;
      case 4: wish.headers[1] = ' '; break;
      case 5: std::memset(wish.headers, 'a', sizeof wish.headers); break;
    }
    CHECK_ROW(kind, !is_sound(wish));
  }
}
