// SPDX-License-Identifier: ISC
#include "maildir/old_uidls.h"

#include <string>

#include "tests/check.h"

namespace {

using maildir::OldUidls;

// "name=id name=id ...", then "!line what" for each warning, or "refused: why".
std::string show(const OldUidls& uidls) {
  std::string all;
  for (std::size_t i = 0; i < uidls.size(); ++i)
    all.append(all.empty() ? "" : " ").append(uidls.unique_name(i)).append("=").append(uidls.uidl(i));
  for (const auto& warning : uidls.warnings())
    all.append(all.empty() ? "!" : " !")
        .append(std::to_string(warning.line))
        .append(" ")
        .append(warning.what);
  return uidls.refusal() ? std::string("refused: ") + uidls.refusal() : all;
}

std::string tpops(std::string_view content) {
  OldUidls uidls;
  CHECK(maildir::parse_tpops(content, uidls));
  return show(uidls);
}
std::string courier(std::string_view content) {
  OldUidls uidls;
  const bool is_good = maildir::parse_courier(content, uidls);
  CHECK_EQ(is_good, uidls.refusal() == nullptr);
  return show(uidls);
}
std::string dovecot(std::string_view content, std::string_view format = {}) {
  OldUidls uidls;
  const bool is_good = maildir::parse_dovecot(content, format, uidls);
  CHECK_EQ(is_good, uidls.refusal() == nullptr);
  return show(uidls);
}

struct Row {
  std::string_view content, result;
};

const std::string_view v3 = "3 V1100000000 N100 G0123456789abcdef0123456789abcdef\n";  // 0x4190ab00

}  // namespace

// --- TPOPS ------------------------------------------------------------------------------------------

// features: D18
TEST(tpops_uidl_has_names_and_ids) {
  const Row table[] = {
      {"", ""},
      {"1.2.h\tX\n", "1.2.h=X"},
      {"1.2.h\tX", "1.2.h=X"},
      {"1.2.h\tX\r\n2.3.h\tY\r\n", "1.2.h=X 2.3.h=Y"},
      {"1.2.h,S=3\tUID1-2\n", "1.2.h,S=3=UID1-2"},
      {"two words\tX\n", "two words=X"},
      {"a\tb c\n", "a=b c"},
      {"a\tb\tc\n", "a=b\tc"},
      {"a\t\n", "a="},
      {"no tab\n1.h\tX\n\n", "1.h=X !1 no tab !3 no tab"},
      {"\tX\na/b\tX\n1.h:2,S\tX\n", "!1 not a unique name !2 not a unique name !3 not a unique name"},
  };
  for (const auto& row : table) CHECK_EQ(tpops(row.content), row.result);
}

TEST(tpops_believes_the_last_of_two_lines_with_one_name) {
  CHECK_EQ(tpops("a\tX\nb\tY\na\tZ\n"), "b=Y a=Z !1 that file name stands twice");
}

// --- Courier ----------------------------------------------------------------------------------------

TEST(courierpop3dsizelist_has_numbers_of_which_ids_are_made) {
  const Row table[] = {
      {"/3 5 1100000000\n", ""},
      {"/3 5 1100000000\n1.M2.h,S=10 12 3:1100000000:0\n", "1.M2.h,S=10=UID3-1100000000"},
      {"/2 5 1100000000\n1.M2.h,S=10 12 3:1100000000\n", "1.M2.h,S=10=UID3-1100000000"},
      {"/3 5\n1.h 12 3:7:1\n", "1.h=UID3-7"},
      {"/3 5 7\n1.h:2,RS 12 3:7:0\n", "1.h=UID3-7"},
      {"/3 5 7\n1.h 12 3:0:0\n", "1.h=UID3"},
      {"/3 5 7\n1.h 12 0:0:0\n2.h 12 0:9:0\n", "1.h=1.h 2.h=2.h"},
      {"/3 5 7\na'b\"c+d e~\xfc:2, 12 0:0:0\n", "a'b\"c+d e~\xfc=a+27b+22c+2Bd+20e~+FC"},
      {"/3 5 7\ntwo words:2,S 12 3:7:0\n", "two words=UID3-7"},
      {"/3 5 7\r\n1.h 12 3:7:0\r\n", "1.h=UID3-7"},
      {"/3 5 7\n1.h 12 4294967296:18446744073709551615:0\n", "1.h=UID4294967296-18446744073709551615"},
  };
  for (const auto& row : table) CHECK_EQ(courier(row.content), row.result);
}

TEST(courierpop3dsizelist_lines_that_are_wrong_are_left_out) {
  const Row table[] = {
      {"1.h", "!2 not a name, a size and a UID"},
      {"1.h 12", "!2 not a name, a size and a UID"},
      {" 3:7", "!2 not a name, a size and a UID"},
      {"", "!2 not a name, a size and a UID"},
      {" 12 3:7:0", "!2 no file name"},
      {":2,S 12 3:7:0", "!2 no file name"},
      {"cur/1.h 12 3:7:0", "!2 no file name"},
      {"1.h 12 3", "!2 not a UID and its validity"},
      {"1.h 12 3:", "!2 not a UID and its validity"},
      {"1.h 12 :7", "!2 not a UID and its validity"},
      {"1.h 12 -3:7", "!2 not a UID and its validity"},
      {"1.h 12 3:x:0", "!2 not a UID and its validity"},
      {"1.h 12 18446744073709551616:7:0", "!2 not a UID and its validity"},
  };
  for (const auto& row : table)
    CHECK_EQ(courier("/3 5 7\n" + std::string(row.content) + "\n2.h 12 4:7:0\n"),
             "2.h=UID4-7 " + std::string(row.result));
}

TEST(courierpop3dsizelist_that_is_cut_short_gives_no_wrong_number) {
  CHECK_EQ(courier("/3 5 7\n1.h 12 3:7:0\n2.h 12 45:7"), "1.h=UID3-7 !3 unfinished line");
  CHECK_EQ(courier("/3 5 7\n1.h 12 3:7:0\n2.h 12 4"), "1.h=UID3-7 !3 unfinished line");
}

TEST(courierpop3dsizelist_of_another_version_is_refused) {
  for (const std::string_view content :
       {"", "/3 5 7", "/1 5 7\n1.h 12 3:7\n", "/4 5 7\n", "3 5 7\n", "/3\n", "/3 x 7\n", "/\n", "\n",
        "/33 5 7\n", "3 V7 N5\n1 :1.h\n"})
    CHECK_EQ(courier(content), "refused: not of version 2 or 3");
}

TEST(courier_names_that_stand_twice_count_once) {
  CHECK_EQ(courier("/3 5 7\n1.h 12 3:7:0\n1.h:2,S 12 4:7:0\n"),
           "1.h=UID3-7 !3 that file name stands twice");
}

// --- Dovecot ----------------------------------------------------------------------------------------

TEST(dovecot_uidlist_of_version_3) {
  const Row table[] = {
      {"", ""},
      {"1 :1.2.h\n", "1.2.h=000000014190ab00"},
      {"1 :1.2.h:2,S\n", "1.2.h=000000014190ab00"},
      {"255 S100 W104 :1.2.h,S=100,W=104:2,\n", "1.2.h,S=100,W=104=000000ff4190ab00"},
      {"1 PUID3-7 :1.2.h\n", "1.2.h=UID3-7"},
      {"1 W5 PUID3-7 O1 Gabc :1.2.h:2,\n", "1.2.h=UID3-7"},
      {"1 P :1.2.h,S=3:2,S\n", "1.2.h,S=3=1.2.h,S=3"},
      {"1 P W5 :1.2.h\n", "1.2.h=1.2.h"},
      {"1 PX PY :1.2.h\n", "1.2.h=X"},
      {"1  W5   :1.2.h\n", "1.2.h=000000014190ab00"},
      {"1 :two words:2,S\n", "two words=000000014190ab00"},
      {"1 : x\n", " x=000000014190ab00"},
      {"1 x9 :1.2.h\r\n", "1.2.h=000000014190ab00"},
      {"4294967294 :1.2.h\n", "1.2.h=fffffffe4190ab00"},
      {"9 :1.h\n3 :2.h\n", "1.h=000000094190ab00 2.h=000000034190ab00"},
  };
  for (const auto& row : table) CHECK_EQ(dovecot(std::string(v3).append(row.content)), row.result);
}

TEST(dovecot_uidlist_of_version_1) {
  CHECK_EQ(dovecot("1 1100000000 4\n1 1.2.h:2,S\n2 two words\n3 1.3.h,S=4\n"),
           "1.2.h=000000014190ab00 two words=000000024190ab00 1.3.h,S=4=000000034190ab00");
  CHECK_EQ(dovecot("1 1 4\n1 PX :h\n"), "PX =0000000100000001");
}

TEST(dovecot_uidlist_lines_that_are_wrong_are_left_out) {
  const Row table[] = {
      {"", "!2 not a UID"},
      {":1.h", "!2 not a UID"},
      {"0 :1.h", "!2 not a UID"},
      {"x :1.h", "!2 not a UID"},
      {"-1 :1.h", "!2 not a UID"},
      {"4294967295 :1.h", "!2 not a UID"},
      {"4294967296 :1.h", "!2 not a UID"},
      {"99999999999999999999999 :1.h", "!2 not a UID"},
      {"5", "!2 no file name"},
      {"5 ", "!2 no file name"},
      {"5 PX", "!2 no file name"},
      {"5 PX:1.h", "!2 no file name"},
      {"5 :", "!2 no file name"},
      {"5 ::2,S", "!2 no file name"},
      {"5 :cur/1.h", "!2 no file name"},
  };
  for (const auto& row : table)
    CHECK_EQ(dovecot(std::string(v3).append(row.content).append("\n7 PX :2.h\n")),
             "2.h=X " + std::string(row.result));
}

TEST(dovecot_uidlist_that_is_cut_short_gives_no_wrong_id) {
  CHECK_EQ(dovecot(std::string(v3) + "1 PX :1.h\n2 PY :1.hos"), "1.h=X !3 unfinished line");
  CHECK_EQ(dovecot(std::string(v3) + "1 PX :1.h\n2 P"), "1.h=X !3 unfinished line");
}

TEST(dovecot_uidlist_of_another_version_or_without_its_numbers_is_refused) {
  for (const std::string_view content :
       {"", "3 V1 N2", "2 1100000000 4\n", "4 V1 N2\n", "1 1100000000\n", "1 0 4\n", "1 5 0\n",
        "3 V5\n", "3 N5\n", "3 V0 N5\n", "3 V5 N0\n", "3 V4294967296 N5\n", "3 Vx N5\n", "\n",
        "/3 5 7\n", "33 V5 N5\n", "3\n"})
    CHECK_EQ(dovecot(content), "refused: not of version 1 or 3");
  CHECK_EQ(dovecot("3 G00 N2 Xabc V1\n1 :h\n"), "h=0000000100000001");
}

TEST(dovecot_believes_the_last_of_two_lines_with_one_name) {
  CHECK_EQ(dovecot(std::string(v3) + "1 PX :1.h\n2 PY :2.h\n3 PZ :1.h:2,S\n"),
           "2.h=Y 1.h=Z !2 that file name stands twice");
}

TEST(dovecot_ids_are_made_by_a_format) {
  const struct {
    std::string_view format, id;
  } table[] = {{"dovecot", "000000014190ab00"},
               {"uw", "4190ab0000000001"},
               {"cyrus", "1100000000.1"},
               {"courier", "1100000000-1"},
               {"%f", "1.2.h,S=3"},
               {"%g", "abc"},
               {"%u", "1"},
               {"UID%u-%v", "UID1-1100000000"},
               {"%Xu.%Xv", "1.4190ab00"},
               {"%05u%%", "00001%"},
               {"%08Xu%08Xv", "000000014190ab00"}};
  for (const auto& row : table) {
    const auto format = maildir::parse_uidl_format(row.format);
    CHECK_ROW(row.format, format.has_value());
    CHECK_EQ(dovecot(std::string(v3) + "1 Gabc :1.2.h,S=3:2,\n", format.value_or("")),
             "1.2.h,S=3=" + std::string(row.id));
  }
  CHECK_EQ(dovecot(std::string(v3) + "1 :1.h\n", "%g"), "1.h=1.h");
  CHECK_EQ(dovecot(std::string(v3) + "1 PX :1.h\n", "%u"), "1.h=X");
  CHECK_EQ(dovecot("3 V4294967295 N5\n4294967294 :1.h\n", "%v.%u"), "1.h=4294967295.4294967294");
}

TEST(what_is_no_format_of_ids_is_refused) {
  for (const std::string_view word :
       {"", "Dovecot", "%", "%v", "id", "%m", "%Mf", "%08Xf", "%8Xu", "%0u", "%00u", "%071u", "%0999u",
        "%X", "%08", "%u%q", "%{uid}", "%%"})
    CHECK_ROW(word, !maildir::parse_uidl_format(word));
  CHECK(maildir::parse_uidl_format("%070u").has_value());
}

TEST(the_header_of_dovecot_uidlist_may_have_the_format) {
  CHECK_EQ(dovecot("3 V7 N5 P%v.%u\n1 :1.h\n2 PX :2.h\n"), "1.h=7.1 2.h=X");
  CHECK_EQ(dovecot("3 V7 N5 P%v.%u\n1 :1.h\n", "%u"), "1.h=1");
  CHECK_EQ(dovecot("3 V7 N5 P\n1 :1.h\n"), "1.h=0000000100000007");
  CHECK_EQ(dovecot("3 V7 N5 P%Mf\n1 PX :1.h\n"), "1.h=X");
  CHECK_EQ(dovecot("3 V7 N5 P%Mf\n1 PX :1.h\n2 :2.h\n"),
           "refused: its header has an unknown format of unique-ids");
  CHECK_EQ(dovecot("3 V7 N5 P%Mf\n2 :2.h\n", "%f"), "2.h=2.h");
}

// --- mailfront --------------------------------------------------------------------------------------

TEST(mailfront_cuts_names_at_the_first_field) {
  const struct {
    std::string_view name, id;
  } table[] = {{"1.2.h", "1.2.h"},
               {"1.2.h:2,S=5", "1.2.h"},
               {"1.2.h,S=10", "1.2.h"},
               {"1.2.h,S=10,W=11:2,", "1.2.h"},
               {"1.2.h,x=", "1.2.h"},
               {"1,2=h", "1"},
               {"1.h,S", "1.h,S"},
               {"1.h,", "1.h,"},
               {"1.h,SS=1", "1.h,SS=1"},
               {",S=1", ""},
               {"", ""},
               {"a,b,c=d", "a,b"},
               {"a,9=1", "a"},
               {"a,,=1", "a"},
               {"a,=1", "a,=1"},
               {"a,:=1", "a"},
               {"a,x:2,S=1", "a,x"},
               {"a, =1,S=2", "a"},
               {"1.h,a,W=9", "1.h,a"}};
  for (const auto& row : table) CHECK_EQ(maildir::cut_as_mailfront(row.name), row.id);
  CHECK_EQ(maildir::cut_as_mailfront(std::string(100, 'x') + ",S=1"), std::string(70, 'x'));
}

// --- warnings -------------------------------------------------------------------------------------

TEST(warnings_are_counted_and_the_first_hundred_kept) {
  OldUidls uidls;
  maildir::parse_tpops(std::string(1000, '\n'), uidls);
  CHECK_EQ(uidls.warnings().size(), 100u);
  CHECK_EQ(uidls.warning_count(), 1000u);
  CHECK_EQ(uidls.warnings().back().line, 100u);
}
