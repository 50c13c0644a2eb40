// SPDX-License-Identifier: ISC
#include <string>

#include "maildir/bulletin_name.h"
#include "maildir/bulletin_publish.h"
#include "maildir/bulletin_text.h"
#include "tests/check.h"

namespace {

using maildir::bulletin_of_message;
using maildir::parse_bulletin;
using maildir::parse_bulletin_name;
using maildir::parse_bulletin_state;

// "NUMBER GROUP", or "-" for no bulletin.
std::string show_name(std::string_view name) {
  const auto parsed = parse_bulletin_name(name);
  return parsed ? std::to_string(parsed->number) + ' ' + std::string(parsed->group) : "-";
}

std::string addressed(std::string_view content, std::string_view to = "joe@h") {
  base::Array<char> out;
  maildir::append_addressed(parse_bulletin(content), to, out);
  return {out.begin(), out.end()};
}

std::string refusal(std::string_view content) {
  const auto text = parse_bulletin(content);
  return text.refusal ? text.refusal : "";
}

std::string recipient(std::string_view user) { return std::string(maildir::recipient(user, "h.example").view()); }

}  // namespace

TEST(bulletin_names) {
  const struct {
    std::string_view name;
    std::string want;
  } table[] = {
      {"00001.Bulletin_one", "1 "},
      {"00002.four_hour_Downtime_2-4-98", "2 "},
      {"001.staff.new_program_installed", "1 staff"},
      {"1.staff.a.b", "1 staff"},
      {"1.staff.", "1 staff"},
      {"1..x", "1 "},
      {"7", "7 "},
      {"7.", "7 "},
      {"12abc.x.y", "12 x"},
      {"0.x", "0 "},
      {"999999999999999999.x", "999999999999999999 "},
      {"1000000000000000000.x", "-"},
      {"18446744073709551616.x", "-"},
      {"", "-"},
      {".1.x", "-"},
      {"x.1", "-"},
      {"-1.x", "-"},
      {"+1.x", "-"},
      {" 1.x", "-"},
      {"README", "-"},
  };
  for (const auto& row : table) CHECK_EQ(show_name(row.name), row.want);
}

TEST(popbull_is_one_number) {
  for (const std::string_view good : {"12", "12\n", " 12 \r\n\n", "0012\t"}) CHECK_ROW(good, parse_bulletin_state(good) == 12u);
  CHECK(parse_bulletin_state("0") == 0u);
  CHECK(parse_bulletin_state("999999999999999999\n") == maildir::last_bulletin_number);
  for (const std::string_view bad : {"", "\n", "x", "-5", "+5", "1 2", "1x", "0x1", "1000000000000000000", "1.0"})
    CHECK_ROW(bad, !parse_bulletin_state(bad));
  CHECK(!parse_bulletin_state(std::string_view("1\0", 2)));
}

TEST(message_names_tell_their_bulletin) {
  const auto name = std::string(maildir::name_of_message(1700000000, 42, "mail.example.org").view());
  CHECK_EQ(name, "1700000000.bull42.mail.example.org");
  CHECK(bulletin_of_message(name) == 42u);
  CHECK(bulletin_of_message(name + ",S=1,W=2:2,S") == 42u);
  for (const std::string_view other :
       {"1700000000.M1P2.host", "1.bull.h", "1.bullx.h", "1.bull1", "bull1.h", ".bull1.h", "x.bull1.h", "1.1.bull1.h",
        "1.bull-1.h", "1.Bull1.h", "1:2,.bull1.h", ""})
    CHECK_ROW(other, !bulletin_of_message(other));
}

TEST(host_in_a_name_loses_what_may_not_stand_there) {
  CHECK_EQ(maildir::name_of_message(1, 2, "a/b:c,d e\x80").view(), "1.bull2.abcde");
  CHECK_EQ(maildir::name_of_message(1, 2, "/").view(), "1.bull2.localhost");
  CHECK_EQ(maildir::name_of_message(1, 2, std::string(300, 'x')).view().size(), 8u + 64);
}

TEST(bulletin_is_split_at_the_empty_line) {
  const struct {
    std::string_view content, header, body;
    bool is_mbox;
  } table[] = {
      {"A: b\n\nc\n", "A: b\n", "\nc\n", false},
      {"A: b\r\n c\r\n\r\nd", "A: b\r\n c\r\n", "\r\nd", false},
      {"From x y\nA: b\n\n", "A: b\n", "\n", true},
      {"From: x\n\n", "From: x\n", "\n", false},
      {"From : x\n\n", "From : x\n", "\n", false},
      {"A: b", "A: b", "", false},
      {"A : b\n", "A : b\n", "", false},
      {"A:\n\nB: c\n", "A:\n", "\nB: c\n", false},
  };
  for (const auto& row : table) {
    const auto text = parse_bulletin(row.content);
    CHECK_ROW(row.content, !text.refusal && text.is_mbox == row.is_mbox);
    CHECK_EQ(text.header, row.header);
    CHECK_EQ(text.body, row.body);
  }
}

TEST(what_is_no_message_is_refused) {
  const std::string_view no_field = "a header line is no field";
  CHECK_EQ(refusal(""), "no header");
  CHECK_EQ(refusal("From x\n"), "no header");
  CHECK_EQ(refusal("\nA: b\n"), "no header");
  for (const std::string_view content :
       {"hello\n", " A: b\n", "A: b\nhello\n\n", "A b: c\n", ": b\n", "A: b\nFrom x\n\n", "\x84: b\n", "A: b\n \r\nb\n"})
    CHECK_EQ(refusal(content), no_field);
  CHECK_EQ(refusal(std::string_view("A: \0b\n\n", 8)), "a NUL in the header");
  CHECK_EQ(refusal(std::string_view("A: b\n\n\0", 7)), "");
}

TEST(to_is_replaced_and_mbox_fields_go) {
  const struct {
    std::string_view content;
    std::string want;
  } table[] = {
      {"A: b\n\nc\n", "A: b\nTo: joe@h\n\nc\n"},
      {"To: x\nA: b\n\nc\n", "To: joe@h\nA: b\n\nc\n"},
      {"A: b\nto: x\n y\n\tz\nC: d\nTO : e\n\nTo: f\n", "A: b\nTo: joe@h\nC: d\n\nTo: f\n"},
      {"A: b\r\nStatus: RO\r\nX-UIDL: 1\r\n 2\r\n\r\nc", "A: b\r\nTo: joe@h\r\n\r\nc"},
      {"Status: RO\n\nc\n", "To: joe@h\n\nc\n"},
      {"A: b", "A: b\nTo: joe@h\n"},
      {"A: b\r\nC: d", "A: b\r\nC: d\r\nTo: joe@h\r\n"},
      {"Tо: x\n", ""},  // Cyrillic o: 8 bits are no field's name
      {"To-do: x\nX-To: y\nStatusx: z\n\n", "To-do: x\nX-To: y\nStatusx: z\nTo: joe@h\n\n"},
      {"From a\nFrom: b\nTo:\n\n", "From: b\nTo: joe@h\n\n"},
  };
  for (const auto& row : table)
    if (row.want.empty())
      CHECK_EQ(refusal(row.content), "a header line is no field");
    else
      CHECK_EQ(addressed(row.content), row.want);
}

TEST(recipients) {
  CHECK_EQ(recipient("joe"), "joe@h.example");
  CHECK_EQ(recipient("joe.o'neill+x"), "joe.o'neill+x@h.example");
  CHECK_EQ(recipient("joe@other.example"), "joe@other.example");
  CHECK_EQ(recipient("a@b@c.example"), "\"a@b\"@c.example");
  CHECK_EQ(recipient(".joe"), "\".joe\"@h.example");
  CHECK_EQ(recipient("a..b"), "\"a..b\"@h.example");
  CHECK_EQ(recipient("a,b<c>"), "\"a,b<c>\"@h.example");
  CHECK_EQ(recipient("a\"b\\c d"), "\"a\\\"b\\\\c d\"@h.example");
  for (const auto& bad : {std::string(), std::string("joe\nBcc: x"), std::string("joe\r"), std::string("jo\xc3\xa9"),
                          std::string("@h"), std::string("joe@"), std::string("joe@a b"), std::string("joe@a\nb"),
                          std::string(129, 'x'), "joe@" + std::string(256, 'x'), std::string("a\0b", 3)})
    CHECK_EQ(recipient(bad), "undisclosed-recipients:;");
  CHECK_EQ(maildir::recipient(std::string(128, '"'), std::string(255, 'h')).view().size(), 2u * 128 + 2 + 1 + 255);
}

TEST(words_of_bulletin_names) {
  for (const std::string_view good : {"a", "Downtime_2-4-98", "0"}) CHECK_ROW(good, maildir::is_bulletin_word(good));
  for (const auto& bad : {std::string(), std::string("a.b"), std::string("a/b"), std::string("a b"), std::string("a\n"),
                          std::string("\xc3\xa4"), std::string(101, 'x')})
    CHECK_ROW(bad, !maildir::is_bulletin_word(bad));
}
