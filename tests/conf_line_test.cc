// SPDX-License-Identifier: ISC
// Lines of Qpopper's and TPOPS's files (I03, I12).
#include "pop3d/conf_line.h"

#include "tests/check.h"

namespace {

using pop3d::ConfLine;
using What = ConfLine::What;

struct Row {
  const char* line;
  What what;
  const char* name;
  const char* value;
  bool has_value;
};

template <std::size_t N>
void check_rows(const Row (&rows)[N], ConfLine (*parse)(std::string_view)) {
  for (const auto& row : rows) {
    const auto line = parse(row.line);
    CHECK_ROW(row.line, line.what == row.what);
    CHECK_ROW(row.line, line.name == row.name);
    CHECK_ROW(row.line, line.value == row.value);
    CHECK_ROW(row.line, line.has_value == row.has_value);
  }
}

struct Bad {
  const char* line;
  const char* wrong;
};

template <std::size_t N>
void check_bad(const Bad (&rows)[N], ConfLine (*parse)(std::string_view)) {
  for (const auto& row : rows) {
    const auto line = parse(row.line);
    CHECK_ROW(row.line, line.what == What::wrong);
    CHECK_ROW(std::string(row.line) + " (" + line.wrong + ")", std::string_view(line.wrong) == row.wrong);
  }
}

TEST(qpopper_lines) {
  constexpr Row rows[] = {
      {"", What::nothing, "", "", false},
      {" \t ", What::nothing, "", "", false},
      {"# set shy", What::nothing, "", "", false},
      {"  # \x1b$B8r\x1b(B", What::nothing, "", "", false},
      {"set shy", What::set, "shy", "", false},
      {"SET\tShy\t# off?", What::set, "Shy", "", false},
      {" reset statistics ", What::reset, "statistics", "", false},
      {"reset statistics#x", What::reset, "statistics", "", false},
      {"set timeout=60", What::set, "timeout", "60", true},
      {"set timeout = 60", What::set, "timeout", "60", true},
      {"set timeout\t=\t0x3c # an hour", What::set, "timeout", "0x3c", true},
      {"set bulldir = /a#b", What::set, "bulldir", "/a#b", true},
      {"set bulldir = \"/a b\"", What::set, "bulldir", "/a b", true},
      {"set log-login = 'user \"%1\"'#", What::set, "log-login", "user \"%1\"", true},
      {"set temp-name = `it's`", What::set, "temp-name", "it's", true},
      {"set spool-dir = ''", What::set, "spool-dir", "", true},
      {"set spool-dir = a'b", What::set, "spool-dir", "a'b", true},
      {"set spool-dir = a=b", What::set, "spool-dir", "a=b", true},
  };
  check_rows(rows, pop3d::parse_qpopper_line);
}

TEST(qpopper_lines_that_are_wrong) {
  constexpr Bad rows[] = {
      {"shy", "expected \"set\" or \"reset\""},
      {"sets shy", "expected \"set\" or \"reset\""},
      {"=", "expected \"set\" or \"reset\""},
      {"set", "the name of an option is missing"},
      {"set # shy", "the name of an option is missing"},
      {"set = 1", "the name of an option is missing"},
      {"set shy true", "expected \"=\""},
      {"set shy = ", "the value behind \"=\" is missing"},
      {"set shy = # true", "the value behind \"=\" is missing"},
      {"reset shy = true", "\"reset\" takes no value"},
      {"set bulldir = \"/a b", "the closing quote is missing"},
      {"set bulldir = /a b", "expected a comment or the end of the line"},
      {"set bulldir = '/a'b", "expected a comment or the end of the line"},
      {"set bulldir = /a\x01", "the line holds a control character"},
      {"set bulldir = /a\x7f", "the line holds a control character"},
  };
  check_bad(rows, pop3d::parse_qpopper_line);
}

// features: I12
TEST(tpops_lines) {
  constexpr Row rows[] = {
      {"", What::nothing, "", "", false},
      {"#port = 110", What::nothing, "", "", false},
      {"[auth-mysql]", What::nothing, "", "", false},
      {"  [x]  ", What::nothing, "", "", false},
      {"port = 110", What::set, "port", "110", true},
      {"port 110", What::set, "port", "110", true},
      {"  port=110\t", What::set, "port", "110", true},
      {"debug", What::set, "debug", "", false},
      {"debug ", What::set, "debug", "", false},
      {"domain =", What::set, "domain", "", true},
      {"mysql-auth-query = select a where b=\"%s\" # no comment", What::set, "mysql-auth-query",
       "select a where b=\"%s\" # no comment", true},
      {"mysql-passwd \"a b\" ", What::set, "mysql-passwd", "\"a b\"", true},
      {" # port", What::set, "#", "port", true},  // only in column 1
  };
  check_rows(rows, pop3d::parse_tpops_line);
}

TEST(tpops_lines_that_are_wrong) {
  constexpr Bad rows[] = {
      {"= 110", "the name of a parameter is missing"},
      {"[auth", "the closing bracket is missing"},
      {"port = 1\x02", "the line holds a control character"},
  };
  check_bad(rows, pop3d::parse_tpops_line);
}

TEST(nul_is_a_control_character) {
  using namespace std::string_view_literals;
  CHECK(pop3d::parse_qpopper_line("set bulldir = /a\0b"sv).what == What::wrong);
  CHECK(pop3d::parse_tpops_line("domain = a\0b"sv).what == What::wrong);
}

TEST(a_line_is_at_most_1023_octets_but_a_comment) {
  const std::string begin = "set bulldir = ";
  CHECK(pop3d::parse_qpopper_line(begin + std::string(1023 - begin.size(), 'x')).what == What::set);
  CHECK(pop3d::parse_qpopper_line(begin + std::string(1024 - begin.size(), 'x')).what == What::wrong);
  CHECK(pop3d::parse_tpops_line("domain " + std::string(1024 - 7, 'x')).what == What::wrong);
  CHECK(pop3d::parse_qpopper_line("#" + std::string(5000, 'x')).what == What::nothing);
  CHECK(pop3d::parse_tpops_line("#" + std::string(5000, 'x')).what == What::nothing);
}

TEST(the_grammar_is_known_by_the_first_line_that_says_something) {
  using pop3d::Grammar;
  const auto is = [](const char* text, Grammar grammar) { CHECK_ROW(text, pop3d::recognise_grammar(text) == grammar); };
  is("", Grammar::unknown);
  is("\n  # set shy\n\n", Grammar::unknown);
  is("# x\n\n  SET shy\n", Grammar::qpopper);
  is("reset shy", Grammar::qpopper);
  is("set shy\nport = 110", Grammar::qpopper);
  is("port = 110\nset shy", Grammar::tpops);
  is("[x]\n", Grammar::tpops);
  is("set = 1\n", Grammar::tpops);
  is("settle = 1\n", Grammar::tpops);
}

// features: I03
TEST(lines_end_in_lf_or_crlf_and_the_last_in_nothing) {
  std::string_view text = "a\nb\r\n\nc";
  CHECK_EQ(pop3d::take_line(text), "a");
  CHECK_EQ(pop3d::take_line(text), "b");
  CHECK_EQ(pop3d::take_line(text), "");
  CHECK_EQ(pop3d::take_line(text), "c");
  CHECK(text.empty());
}

}  // namespace
