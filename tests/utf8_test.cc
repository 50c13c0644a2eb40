// SPDX-License-Identifier: ISC
#include "base/utf8.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/fd.h"
#include "pop3d/utf8_header.h"
#include "tests/check.h"

namespace {

// In a file of its own, read from its beginning whatever its offset is.
bool has_utf8_header(std::string_view message) {
  char name[] = "/tmp/utf8_test.XXXXXX";
  const base::UniqueFd file(::mkstemp(name));
  ::unlink(name);
  base::write_all(file.get(), message, name);
  return pop3d::has_utf8_header(file.get());
}

}  // namespace

TEST(utf8_is_shortest_forms_of_what_unicode_has) {
  for (const auto* text : {"", "abc ~", "\xc3\xa4", "\xe6\x97\xa5", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xc2\xa0", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf"})
    CHECK_ROW(text, base::is_utf8_text(text));
}

TEST(what_is_no_utf8_is_told) {
  for (const auto* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe6\x97",
                           "\xe6\x97(", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xf0\x9f\x98", "\xfe", "\xff", "a\xc3"})
    CHECK_ROW(text, !base::is_utf8_text(text));
}

TEST(control_characters_are_no_text) {
  for (const auto* text : {"\x01", "\t", "\n", "\x1f", "\x7f", "\xc2\x80", "\xc2\x9f"}) CHECK_ROW(text, !base::is_utf8_text(text));
  CHECK(!base::is_utf8_text(std::string_view("a\0b", 3)));
}

TEST(only_the_header_of_a_message_counts) {  // RFC 6856 s.2.1
  CHECK(has_utf8_header("Subject: \xc3\xa4\n\nbody\n"));
  CHECK(has_utf8_header("Subject: a\r\nTo: \xc3\xa4\r\n\r\n"));
  CHECK(!has_utf8_header("Subject: a\n\nb\xc3\xa4\n"));
  CHECK(!has_utf8_header("Subject: a\r\n\r\nb\xc3\xa4\r\n"));
  CHECK(!has_utf8_header("\n\xc3\xa4"));
  CHECK(!has_utf8_header("\r\n\xc3\xa4"));
  CHECK(!has_utf8_header(""));
  CHECK(has_utf8_header("\xc3\xa4"));
  // At the edges of what is read at a time.
  for (const std::size_t size : {4093, 4094, 4095, 4096, 4097, 12288}) {
    const std::string filler(size, 'x');
    CHECK_ROW(size, has_utf8_header(filler + "\xe9"));
    CHECK_ROW(size, !has_utf8_header(filler + "\n\n\xe9"));
    CHECK_ROW(size, !has_utf8_header(filler + "\r\n\r\n\xe9"));
    CHECK_ROW(size, has_utf8_header(filler + "\na\n\xe9\n\n"));
  }
}

TEST(a_header_is_not_looked_at_without_end) {
  const std::string most((4 << 20) - 1, 'x');
  CHECK(has_utf8_header(most + "\xe9"));
  CHECK(!has_utf8_header(most + "x\xe9"));
}
