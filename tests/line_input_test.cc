// SPDX-License-Identifier: ISC
#include "base/line_input.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "base/failure.h"
#include "base/fd.h"
#include "tests/check.h"

namespace {

using base::BufferedLineInput;
using base::ExactLineInput;
using base::Got;

constexpr int patience_ms = 5000;  // longer than any test takes: no result depends on it

enum class Kind { socket, pipe };
constexpr Kind kinds[] = {Kind::socket, Kind::pipe};

base::Pipe make(Kind kind) {
  if (kind == Kind::pipe) return base::make_pipe();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) base::fail("socketpair");
  return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

// The two ends of a connection with DATA already on its way, and nothing behind it.
base::Pipe with(Kind kind, std::string_view data) {
  auto ends = make(kind);
  base::write_all(ends.write.get(), data, "input");
  ends.write.reset();
  return ends;
}

std::string rest_of(int fd) {
  char rest[20000];
  return {rest, base::read_all(fd, rest)};
}

// All that a reader finds, as a text: "line:USER joe|too_long|end|".
template <typename Input>
std::string all_of(Input in) {
  std::string text;
  for (;;) {
    std::string_view line;
    switch (in.next(line)) {
      case Got::line: text.append("line:").append(line) += '|'; break;
      case Got::too_long: text += "too_long|"; break;
      case Got::end: return text + "end|";
      case Got::timeout: return text + "timeout|";
    }
  }
}

struct Case {
  std::string input, found;
};
const Case cases[] = {
    {"", "end|"},
    {"\n", "line:|end|"},
    {"\r\n", "line:|end|"},
    {"NOOP\r\n", "line:NOOP|end|"},
    {"NOOP\n", "line:NOOP|end|"},
    {"NOOP\r\r\n", "line:NOOP\r|end|"},
    {"NO\rOP\r\n", "line:NO\rOP|end|"},
    {"NOOP", "end|"},
    {"NOOP\r", "end|"},
    {"STAT\r\nQUIT", "line:STAT|end|"},
    {"\r\n\n\r\nSTAT\nLIST\r\n", "line:|line:|line:|line:STAT|line:LIST|end|"},
    {std::string("a\0b\n", 4), std::string("line:a\0b|end|", 13)},
    // RFC 2449 s.4: 255 octets with the line end, and not one more
    {std::string(253, 'a') + "\r\n", "line:" + std::string(253, 'a') + "|end|"},
    {std::string(254, 'a') + "\n", "line:" + std::string(254, 'a') + "|end|"},
    {std::string(254, 'a') + "\r\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(255, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(255, 'a') + "\r\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(256, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(509, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(510, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(511, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(4095, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(4096, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(9999, 'a') + "\nSTAT\r\n", "too_long|line:STAT|end|"},
    {std::string(9999, 'a'), "end|"},
};

// Writes octet by octet, each only when the one before it was read.
void write_in_pieces(const std::string& data, int reader, base::UniqueFd writer) {
  for (const char c : data) {
    int unread = 1;
    while (::ioctl(reader, FIONREAD, &unread) == 0 && unread != 0) ::sched_yield();
    base::write_all(writer.get(), {&c, 1}, "input");
  }
}

template <typename Input, typename... Timeout>
void check_cases(Timeout... timeout) {
  for (const Kind kind : kinds)
    for (const auto& row : cases)
      CHECK_EQ(all_of(Input(with(kind, row.input).read.get(), timeout...)), row.found);
}

template <typename Input, typename... Timeout>
void check_cases_in_pieces(Timeout... timeout) {
  for (const Kind kind : kinds)
    for (const auto& row : cases) {
      if (row.input.size() > 600) continue;  // takes long, and says no more
      auto ends = make(kind);
      std::thread writer(write_in_pieces, row.input, ends.read.get(), std::move(ends.write));
      CHECK_EQ(all_of(Input(ends.read.get(), timeout...)), row.found);
      writer.join();
    }
}

}  // namespace

TEST(exact_input_finds_lines_and_tells_the_long_ones_apart) { check_cases<ExactLineInput>(); }
TEST(buffered_input_finds_lines_and_tells_the_long_ones_apart) {
  check_cases<BufferedLineInput>(patience_ms);
}
TEST(exact_input_puts_lines_together_from_pieces) { check_cases_in_pieces<ExactLineInput>(); }
TEST(buffered_input_puts_lines_together_from_pieces) {
  check_cases_in_pieces<BufferedLineInput>(patience_ms);
}

TEST(exact_input_leaves_what_is_behind_the_line) {
  for (const Kind kind : kinds)
    for (const auto& row : cases) {
      const std::string ahead = "USER joe\r\n", behind = row.input + "rest";
      const auto ends = with(kind, ahead + behind);
      ExactLineInput in(ends.read.get());
      std::string_view line;
      CHECK(in.next(line) == Got::line);
      CHECK_EQ(rest_of(ends.read.get()), behind);
    }
}

TEST(exact_input_leaves_what_is_behind_a_long_line) {
  for (const Kind kind : kinds)
    for (std::size_t size = 255; size < 1100; ++size) {
      const auto ends = with(kind, std::string(size, 'a') + "\nrest\r\n");
      ExactLineInput in(ends.read.get());
      std::string_view line;
      CHECK_ROW(size, in.next(line) == Got::too_long);
      CHECK_EQ(rest_of(ends.read.get()), "rest\r\n");
    }
}

TEST(exact_input_of_a_broken_descriptor_is_at_its_end) {
  CHECK_EQ(all_of(ExactLineInput(-1)), "end|");
}

TEST(buffered_input_has_a_line_only_when_it_has_read_one) {
  const auto ends = with(Kind::pipe, "STAT\r\nLIST\r\nQUI");
  BufferedLineInput in(ends.read.get(), patience_ms);
  std::string_view line;
  CHECK(!in.has_line());  // it is in the pipe yet
  CHECK(in.next(line) == Got::line && in.has_line());
  CHECK(in.next(line) == Got::line && !in.has_line());
}

TEST(buffered_input_gives_up_after_its_timeout) {
  for (const Kind kind : kinds) {
    const auto ends = make(kind);
    base::write_all(ends.write.get(), "STAT\r\nQUI", "input");
    BufferedLineInput in(ends.read.get(), 50);
    const auto begin = base::now_ms();
    CHECK_EQ(all_of(in), "line:STAT|timeout|");
    CHECK(base::now_ms() - begin >= 50);
  }
}

// features: H15
TEST(buffered_input_gives_up_at_its_deadline) {
  for (const Kind kind : kinds) {
    const auto ends = make(kind);
    base::write_all(ends.write.get(), "STAT\r\nQUI", "input");
    const auto begin = base::now_ms();
    BufferedLineInput in(ends.read.get(), patience_ms, begin + 50);
    CHECK_EQ(all_of(in), "line:STAT|timeout|");
    CHECK(base::now_ms() - begin >= 50 && base::now_ms() - begin < 1000);
    BufferedLineInput late(ends.read.get(), -1, begin);
    CHECK_EQ(all_of(late), "timeout|");
  }
}

// Octets of a line that never ends do not keep a session alive, be they few or many.
TEST(buffered_input_gives_up_on_a_line_not_on_an_octet) {
  for (const Kind kind : kinds)
    for (const std::size_t piece : {1u, 4000u}) {
      const auto ends = make(kind);
      ::fcntl(ends.write.get(), F_SETFL, O_NONBLOCK);
      std::atomic<bool> is_over = false;
      std::thread writer([&] {
        const std::string octets(piece, 'a');
        for (const auto begin = base::now_ms(); !is_over && base::now_ms() - begin < 2000;) {
          base::try_write_all(ends.write.get(), octets);
          if (piece == 1) base::sleep_until_ms(base::now_ms() + 2);
        }
        ::shutdown(ends.write.get(), SHUT_WR);
      });
      BufferedLineInput in(ends.read.get(), 50);
      std::string_view line;
      const auto begin = base::now_ms();
      CHECK_ROW(piece, in.next(line) == Got::timeout);
      CHECK(base::now_ms() - begin >= 50 && base::now_ms() - begin < 1900);
      is_over = true;
      writer.join();
    }
}

TEST(buffered_input_keeps_lines_whole_over_many_buffers) {
  std::string input, found;
  for (std::size_t i = 0; i < 400; ++i) {
    const std::string line(i * 7 % 254, static_cast<char>('a' + i % 26));
    input += line + (i % 2 ? "\n" : "\r\n");
    found += line.size() + (i % 2 ? 1 : 2) > 255 ? "too_long|" : "line:" + line + '|';
  }
  const auto ends = with(Kind::pipe, input);
  CHECK_EQ(all_of(BufferedLineInput(ends.read.get(), patience_ms)), found + "end|");
}

TEST(line_end_is_one_lf_with_one_cr_before_it) {
  const struct {
    std::string_view line, without;
  } table[] = {{"", ""},        {"\n", ""},       {"\r\n", ""},     {"a\r\n", "a"},
               {"a\n\n", "a\n"}, {"a\r", "a"}, {"a\n\r", "a\n"}, {"a\r\r\n", "a\r"}};
  for (const auto& row : table) CHECK_EQ(base::without_line_end(row.line), row.without);
}
