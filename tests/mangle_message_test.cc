// SPDX-License-Identifier: ISC
#include "pop3d/mangle_message.h"

#include <gmime/gmime.h>

#include "base/clock.h"
#include "pop3d/mangle_scan.h"
#include "tests/check.h"

namespace {

using pop3d::MangleCharset;

std::string mangle(const std::string& message, std::string_view word = "mangle", bool has_body = true) {
  static const bool is_begun = (pop3d::begin_mangling(), true);
  CHECK(is_begun);
  pop3d::MangleWish wish;
  CHECK_EQ(pop3d::parse_mangle(word, wish), "");
  wish.has_body = has_body;
  GMimeStream* const stream = g_mime_stream_mem_new_with_buffer(message.data(), message.size());
  auto result = pop3d::mangle_message(stream, wish);
  g_object_unref(stream);
  return result;
}

// What is behind the header.
std::string body(const std::string& message, std::string_view word = "mangle") {
  const auto mangled = mangle(message, word);
  return mangled.substr(mangled.find("\n\n") + 2);
}

// "--x", the part, and so on.
std::string multipart(const std::string& subtype, std::initializer_list<std::string> parts) {
  std::string message = "Content-Type: multipart/" + subtype + "; boundary=x\n\n";
  for (const auto& part : parts) message += "--x\n" + part + "\n";
  return message + "--x--\n";
}

constexpr const char* ascii_header = "Mime-Version: 1.0\nContent-Type: text/plain; charset=\"us-ascii\"\nContent-Transfer-Encoding: 7bit\n\n";
constexpr const char* plain = "Content-Type: text/plain\n\nplain";
constexpr const char* html = "Content-Type: text/html\n\n<b>html</b>";
constexpr const char* picture = "Content-Type: image/png\nContent-Disposition: attachment; filename=p.png\n\nAAAA";

}  // namespace

// features: A48
TEST(the_wanted_fields_and_a_header_of_our_own) {
  CHECK_EQ(mangle("Received: x\nTO: a\n b\nX-Mailer: y\nSubject: z\nMime-Version: 2\nContent-Type: text/plain\n\nbody\n"),
           std::string("TO: a\n b\nSubject: z\n") + ascii_header + "body\n");
  CHECK_EQ(mangle("To: a\nTo-Do: b\nX-A: c\nContent-Type: text/plain\n\n", "mangle(headers=x-a,content-type:,mime-version)"),
           std::string("X-A: c\n") + ascii_header);
}

// features: A52
TEST(without_a_body_there_is_no_header_of_our_own) {
  CHECK_EQ(mangle("To: a\nDate: b\n\nbody\n", "mangle", false), "To: a\nDate: b\n\n");
}

TEST(a_field_is_ascii_and_whole) {
  CHECK_EQ(mangle("Subject: \xc3\xa4\x01\x1b \r\n\tb\r\n\r\n", "mangle", false), "Subject: a \n\tb\n\n");
  for (const char c : mangle("Subject: \xc3\xa4 \xff\nTo: \xe2\x82\xac\n\n", "mangle", false)) CHECK((c & 0x80) == 0);
  CHECK_EQ(mangle("To: \xe2\x82\xac\n\n", "mangle", false), "To: EUR\n\n");
}

// features: A50
TEST(alternatives_give_the_text_type_that_is_wanted) {
  const auto message = multipart("alternative", {plain, html});
  CHECK_EQ(body(message), "plain\n");
  CHECK_EQ(body(message, "mangle(text=html)"), "<b>html</b>\n");
  CHECK_EQ(body(message, "mangle(text=enriched)"), "plain\n");
}

// features: A46 A50
TEST(without_the_wanted_type_it_is_the_first_that_is_converted) {
  CHECK_EQ(body(multipart("alternative", {html, picture})), "html\n");
  CHECK_EQ(body(multipart("alternative", {plain, picture}), "mangle(text=html)"), "<html><body>\nplain<br>\n</body></html>\n");
}

TEST(the_wanted_type_is_found_within_related) {
  const std::string related = "Content-Type: multipart/related; boundary=r\n\n--r\n" + std::string(html) + "\n--r--\n";
  CHECK_EQ(body(multipart("alternative", {plain, related}), "mangle(text=html)"), "<b>html</b>\n");
}

// features: A50
TEST(attachments_are_named_and_left_out) {
  CHECK_EQ(body(multipart("mixed", {plain, picture})), "plain\n\n[p.png]\n[ image/png attachment omitted]\n");
  CHECK_EQ(body(multipart("mixed", {"Content-Type: image/png\n\nAAAA"})), "[ image/png part omitted]\n");
  CHECK_EQ(body(multipart("mixed", {"Content-Type: text/plain\nContent-Disposition: attachment\n\nno"})),
           "[ text/plain attachment omitted]\n");
  CHECK_EQ(body(multipart("mixed", {"Content-Type: application/a-very-long-type-indeed; name=\"" + std::string(40, 'n') + "\"\n\nx"})),
           "[" + std::string(30, 'n') + "]\n[ application/a-very-l part omitted]\n");
}

// features: A50
TEST(what_nobody_would_miss_is_dropped) {
  CHECK_EQ(body(multipart("mixed", {plain, "Content-Type: application/vnd.ms-tnef; name=winmail.dat\n\nx",
                                    "Content-Type: message/external-body; access-type=x\n\nContent-Type: image/png\n\n"})),
           "plain\n\n\n");
}

// features: A50
TEST(an_included_message_follows) {
  CHECK_EQ(body(multipart("mixed", {plain, "Content-Type: message/rfc822\n\nReceived: x\nSubject: s\n\ninner"})),
           "plain\n\n[Included message follows:]\nSubject: s\n\ninner\n");
}

// features: A50
TEST(a_report_has_its_status_and_the_header_of_what_failed) {
  CHECK_EQ(body(multipart("report", {plain, "Content-Type: message/delivery-status\n\nStatus: 5.0.0", "Content-Type: message/rfc822\n\nSubject: s\n\ninner"})),
           "plain\n\nStatus: 5.0.0\n\n[Header of message follows:]\nSubject: s\n");
  CHECK_EQ(body(multipart("report", {"Content-Type: text/rfc822-headers\n\nSubject: s"})), "[Header of message follows:]\nSubject: s\n");
}

// features: A47
TEST(charsets_and_transfer_encodings_are_undone) {
  const auto qp = [](std::string_view charset, std::string_view text) {
    return "Content-Type: text/plain; charset=" + std::string(charset) + "\nContent-Transfer-Encoding: quoted-printable\n\n" + std::string(text);
  };
  CHECK_EQ(body(qp("utf-8", "=C3=A4=E2=82=AC=E2=80=A6=C3=9F=E6=97=A5")), "aEUR...ss?\n");
  CHECK_EQ(body(qp("iso-8859-1", "=E4"), "mangle(charset=utf-8)"), "ä\n");
  CHECK_EQ(body(qp("koi8-r", "=D0"), "mangle(charset=utf-8)"), "п\n");
  CHECK_EQ(body(qp("utf-8", "=C3=A4=E2=82=AC"), "mangle(charset=iso-8859-15)"), "\xe4\xa4\n");
  CHECK_EQ(body(qp("utf-8", "=C3=A4=E2=82=AC"), "mangle(charset=iso-8859-1)"), "\xe4" "EUR\n");
  CHECK_EQ(body(qp("utf-8", "=E6=97=A5=E6=9C=AC"), "mangle(charset=iso-2022-jp)"), "\x1b$BF|K\\\x1b(B\n");
  CHECK_EQ(body(qp("utf-8", "=E2=82=AC<"), "mangle(text=html)"), "<html><body>\n&#8364;&lt;<br>\n</body></html>\n");
  CHECK_EQ(body("Content-Transfer-Encoding: base64\n\naGVsbG8K\n"), "hello\n");
  CHECK_EQ(body(qp("x-odd", "a=E4")), "[Unhandled charset; may display incorrectly]\na?\n");
  CHECK_EQ(body("\n\xc3\xa4"), "a\n");  // nothing said: UTF-8, if it is
  CHECK_EQ(body("\n\xe4"), "a\n");      // else Windows' Latin
  CHECK_EQ(body("\na\x1b[31m\x07\r\nb\rc\x7f"), "a[31m\nb\nc\n");
}

TEST(enriched_text_is_converted) {
  CHECK_EQ(body("Content-Type: text/enriched\n\n<bold>b</bold> <<x>\na\n\n\nc<color><param>red</param>d</color>"), "b <x> a\n\ncd\n");
  CHECK_EQ(body("Content-Type: text/richtext\n\n<bold>b</bold>\na<nl>c<lt>d<comment>no<lt></comment>e<"), "b a\nc<de\n");
}

// features: A50
TEST(broken_formatting_is_noted) {
  CHECK_EQ(body("Content-Type: multipart/mixed\n\ntext\n"), "[invalid MIME formatting; no part of the message was found]\ntext\n");
  CHECK_EQ(body(multipart("mixed", {plain}).substr(0, 60)).empty(), false);
  CHECK_EQ(mangle(""), std::string(ascii_header) + "[invalid MIME formatting; this is no message]\n");
  CHECK_EQ(mangle("\n"), ascii_header);
}

// features: A50
TEST(too_many_levels_are_noted) {
  std::string message;
  for (int i = 0; i < 30; ++i)
    message += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "x\n\n--b" + std::to_string(i) + "x\n";
  CHECK_EQ(body(message + "\ntext\n"), "[message too complex; the rest is left out]\n");
  std::string included;
  for (int i = 0; i < 1000; ++i) included += "Content-Type: message/rfc822\n\n";
  CHECK(body(included).ends_with("[message too complex; the rest is left out]\n"));
}

TEST(too_many_parts_are_noted) {
  std::string parts;
  for (int i = 0; i < 150; ++i) parts += "--x\n\na\n";
  CHECK(body("Content-Type: multipart/mixed; boundary=x\n\n" + parts).ends_with("[message too complex; the rest is left out]\n"));
}

TEST(a_message_made_to_cost_memory_is_not_parsed_and_still_has_its_header) {
  std::string parts;
  for (int i = 0; i < 100000; ++i) parts += "--x\n\n";
  CHECK_EQ(mangle("Subject: s\nContent-Type: multipart/mixed; boundary=x\n\n" + parts),
           std::string("Subject: s\n") + ascii_header + "[message too complex; the rest is left out]\n");
}

// Groups within groups are a recursion for GMime, which ends in a crash.
TEST(a_field_of_many_groups_is_not_parsed) {
  std::string groups;
  for (int i = 0; i < 100000; ++i) groups += "g:";
  CHECK(mangle("Subject: s\nTo: " + groups + "\n\nx\n").ends_with("[message too complex; the rest is left out]\n"));
}

TEST(time_is_in_proportion) {
  const auto start = base::now_ms();
  for (const char* const text : {"&eacute;", "\xe6\x97\xa5", "\xff", "=", "<<", "<bold>"})
    for (const char* const type : {"html", "plain", "enriched"}) {
      std::string message = std::string("Content-Type: text/") + type + "; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n";
      while (message.size() < 1000000) message += text;
      CHECK(body(message).size() < 3000000);
    }
  CHECK(base::now_ms() - start < 20000);  // two seconds; under a sanitizer more
}

TEST(the_scan_finds_what_a_parser_would_build) {
  struct Row {
    const char* header;
    const char* line;
    bool is_too_complex;
  };
  constexpr Row rows[] = {
      {"Content-Type: multipart/mixed; boundary=x\n\n", "--x\n", true},
      {"Content-Type: multipart/mixed; BOUNDARY = \"x y\"\r\n\r\n", "--x y\r\n", true},
      {"Content-Type: multipart/mixed; boundary=\n x\n\n", "--x\n", true},
      {"Content-Type: multipart/mixed; boundary*0=\"x\"\n\n", "--y\n", true},
      {"Content-Type: multipart/mixed; boundary=\"=?utf-8?Q?y?=\"\n\n", "--y\n", true},
      {"Content-Type: multipart/mixed; boundary=x\n\n", "--y\n", false},
      {"Subject: a\n\n", "--y\n", false},
      {"Subject: a\n", "A: b\n", true},
      {"Subject: a\n\n", "A: b\n", false},
      {"Content-Type: message/rfc822\n\n", "A: b\n", true},
  };
  int number = 0;
  for (const auto& row : rows) {
    pop3d::MangleScan scan;
    scan.add(row.header);
    for (int i = 0; i < 30000; ++i) scan.add(row.line);
    scan.finish();
    CHECK_ROW(number, scan.is_too_complex() == row.is_too_complex);
    ++number;
  }
}
