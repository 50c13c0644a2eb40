// SPDX-License-Identifier: ISC
// The size announced, the size sent and the octets sent are one thing for every message,
// however it comes in pieces.
#include "maildir/wire.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "base/fd.h"
#include "tests/check.h"
#include "tests/fuzz/naive_wire.h"

namespace {

using Pieces = std::vector<std::string_view>;

// An Output whose octets can be had back.
class Sink {
 public:
  Sink() : file_(::memfd_create("sink", MFD_CLOEXEC)), out_(file_.get(), -1) {}
  base::Output& out() { return out_; }
  std::string take() {
    out_.flush();
    std::string text(static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)), '\0');
    ::lseek(file_.get(), 0, SEEK_SET);
    text.resize(base::read_all(file_.get(), text));
    [[maybe_unused]] const int cut = ::ftruncate(file_.get(), 0);
    ::lseek(file_.get(), 0, SEEK_SET);
    return text;
  }

 private:
  base::UniqueFd file_;
  base::Output out_;
};

Sink& sink() {
  static const auto only = std::make_unique<Sink>();
  return *only;
}

// A message in a form that fits a line of TAP.
std::string shown(std::string_view message) {
  std::string text = std::to_string(message.size()) + " octets ";
  for (const char c : message.substr(0, 40))
    text += c == '\r' ? "\\r" : c == '\n' ? "\\n" : std::string(1, c);
  return text;
}

std::string shown(const Pieces& pieces) {
  std::string text;
  for (const auto piece : pieces) text += '[' + shown(piece) + ']';
  return text;
}

// True if PIECES are counted and sent as the reference has it. Else the test has failed.
bool is_sent_right(const Pieces& pieces) {
  maildir::WireSize size;
  maildir::WireSender sender(sink().out());
  std::string message;
  for (const auto piece : pieces) {
    message += piece;
    size.add(piece);
    sender.add(piece);
  }
  sender.finish();
  const auto sent = sink().take(), want = naive::with_crlf(message);
  const bool right = sent == naive::stuffed(want) && naive::destuffed(sent) == want &&
                     size.total() == want.size() && sender.octets() == want.size();
  CHECK_ROW(shown(pieces), right);
  return right;
}

// True if what TopCut keeps of PIECES is what the reference keeps of the whole.
bool is_cut_right(const Pieces& pieces, std::uint64_t lines) {
  maildir::TopCut cut(lines);
  std::string message, kept;
  for (const auto piece : pieces) {
    message += piece;
    kept += piece.substr(0, cut.keep(piece));
  }
  const bool right = kept == naive::top(message, lines);
  CHECK_ROW(shown(pieces) + " lines " + std::to_string(lines), right);
  return right;
}

// Calls CHECK(pieces), until it gives false, with every string of at most LONGEST octets of
// ALPHABET in every split into two.
template <typename Check>
void for_every_message(std::string_view alphabet, std::size_t longest, Check check) {
  for (std::size_t size = 0; size <= longest; ++size) {
    std::vector<std::size_t> digits(size);
    for (;;) {
      std::string message;
      for (const auto digit : digits) message += alphabet[digit];
      const std::string_view view = message;
      for (std::size_t at = 0; at <= size; ++at)
        if (!check(Pieces{view.substr(0, at), view.substr(at)})) return;
      const auto next = std::find_if(digits.begin(), digits.end(), [&](std::size_t digit) {
        return digit + 1 < alphabet.size();
      });
      std::fill(digits.begin(), next, 0u);
      if (next == digits.end()) break;
      ++*next;
    }
  }
}

// SIZE octets of the ALPHABET.
std::string random_message(std::mt19937& random, std::size_t size, std::string_view alphabet) {
  std::string message(size, '\0');
  for (auto& c : message) c = alphabet[random() % alphabet.size()];
  return message;
}

// MESSAGE in pieces whose sizes are SIZES, one after the other and again.
Pieces cut_up(std::string_view message, const std::vector<std::size_t>& sizes) {
  Pieces pieces;
  for (std::size_t i = 0; !message.empty(); ++i) {
    pieces.push_back(message.substr(0, sizes[i % sizes.size()]));
    message.remove_prefix(pieces.back().size());
  }
  return pieces;
}

constexpr std::string_view many_ends = "\r\n.a", some_ends = "\r\n.aaaaaaaaaaaaaaaaaaaaaaa",
                           few_ends = "\n.bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                      "bcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";

}  // namespace

// features: D14
TEST(every_short_message_is_sent_as_announced_in_every_split) {
  for_every_message("\r\n.a", 7, is_sent_right);
}

TEST(messages_around_the_16_octets_of_a_vector_are_sent_as_announced) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size <= 70; ++size)
    for (int i = 0; i < 20; ++i) {
      const auto message = random_message(random, size, i % 2 ? many_ends : some_ends);
      for (const std::size_t piece : {1, 2, 15, 16, 17, 31, 32, 33, 100})
        if (!is_sent_right(cut_up(message, {piece}))) return;
    }
}

TEST(messages_around_the_8192_octets_of_a_block_are_sent_as_announced) {
  std::mt19937 random(2);
  for (const std::size_t block : {8192, 16384})
    for (std::size_t size = block - 18; size <= block + 18; ++size)
      for (const auto alphabet : {many_ends, few_ends})
        for (const std::size_t piece : {20000, 8191, 8192, 8193})
          if (!is_sent_right(cut_up(random_message(random, size, alphabet), {piece}))) return;
}

TEST(a_line_end_at_the_border_of_two_blocks_is_sent_as_announced) {
  for (const std::string_view end : {"\n", "\r\n", "\r", "\n.", "\r\n.", "\n\n", ".\n.", "\r\r\n"})
    for (std::size_t before = 8192 - 4; before <= 8192; ++before) {
      std::string message(before, 'a');
      message.append(end).append(9000, 'b');
      if (!is_sent_right({message})) return;
    }
}

TEST(long_messages_in_pieces_of_any_size_are_sent_as_announced) {
  std::mt19937 random(3);
  for (int i = 0; i < 60; ++i) {
    const auto alphabet = i % 3 == 0 ? many_ends : i % 3 == 1 ? some_ends : few_ends;
    const auto message = random_message(random, random() % 200000, alphabet);
    const std::vector<std::size_t> sizes = {1 + random() % 100, 1 + random() % 9000,
                                            1 + random() % 70000};
    if (!is_sent_right(cut_up(message, sizes))) return;
  }
}

TEST(a_message_of_line_ends_alone_doubles_and_is_sent_as_announced) {
  is_sent_right({std::string(100000, '\n')});
}

TEST(a_message_of_dot_lines_grows_threefold_and_is_sent_as_announced) {
  std::string message;
  for (int i = 0; i < 50000; ++i) message += ".\n";
  is_sent_right({message});
}

TEST(messages_are_sent_as_the_specification_has_them) {
  const struct {
    std::string_view message, sent;
    std::uint64_t octets;
  } table[] = {
      {"", "", 0},
      {"\n", "\r\n", 2},
      {".", "..\r\n", 3},
      {".\r\n", "..\r\n", 3},
      {"a", "a\r\n", 3},
      {"a\r", "a\r\r\n", 4},
      {"a\n.b\n..c\n", "a\r\n..b\r\n...c\r\n", 12},
      {"a\r.b\r\n", "a\r.b\r\n", 6},
  };
  for (const auto& row : table) {
    maildir::WireSender sender(sink().out());
    sender.add(row.message);
    sender.finish();
    CHECK_EQ(sink().take(), row.sent);
    CHECK_EQ(sender.octets(), row.octets);
  }
}

TEST(top_of_every_short_message_is_header_and_lines) {
  for (std::uint64_t lines = 0; lines < 4; ++lines)
    for_every_message("\r\na", 7, [=](const Pieces& pieces) {
      return !pieces[1].empty() || is_cut_right(pieces, lines);
    });
}

TEST(top_does_not_depend_on_how_the_message_comes_in_pieces) {
  for (std::uint64_t lines = 0; lines < 4; ++lines)
    for_every_message("\r\na", 7,
                      [=](const Pieces& pieces) { return is_cut_right(pieces, lines); });
}

TEST(top_counts_lines_of_the_body_with_either_line_end) {
  const struct {
    std::string_view message;
    std::uint64_t lines;
    std::string_view kept;
  } table[] = {
      {"A: b\n\n1\n2\n3\n", 0, "A: b\n\n"},
      {"A: b\n\n1\n2\n3\n", 2, "A: b\n\n1\n2\n"},
      {"A: b\r\n\r\n1\r\n2\r\n3\r\n", 2, "A: b\r\n\r\n1\r\n2\r\n"},
      {"A: b\n\n1\n\n3\n", 2, "A: b\n\n1\n\n"},
      {"A: b\n\n1\n2", 2, "A: b\n\n1\n2"},
      {"A: b\n\n1\n2", 100, "A: b\n\n1\n2"},
      {"A: b\nC: d\n", 0, "A: b\nC: d\n"},  // a header without a body
      {"A: b", 0, "A: b"},
      {"\n1\n2\n", 1, "\n1\n"},  // a body without a header
      {"", 5, ""},
  };
  for (const auto& row : table) {
    maildir::TopCut cut(row.lines);
    CHECK_EQ(row.message.substr(0, cut.keep(row.message)), row.kept);
  }
}

TEST(top_is_done_when_no_more_can_be_wanted) {
  maildir::TopCut none(0), one(1);
  none.keep("A: b\n");
  CHECK(!none.done());
  none.keep("\n");
  CHECK(none.done());
  CHECK_EQ(none.keep("1\n"), 0u);
  one.keep("\n1");
  CHECK(!one.done());
  one.keep("\n");
  CHECK(one.done());
}
