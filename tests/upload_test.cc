// SPDX-License-Identifier: ISC
#include <fcntl.h>

#include <algorithm>

#include "pop3d/xtnd.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

struct Result {
  std::string message;
  bool is_complete, is_good, is_too_large;
};

// Lines as BufferedLineInput gives them, none longer than PIECE.
Result upload(std::string_view octets, std::size_t piece = 1000, std::uint64_t most = 1000000) {
  const Scratch scratch;
  const auto path = scratch.path("message");
  const auto fd = base::open_file(path.c_str(), O_WRONLY | O_CREAT, 0600);
  pop3d::Upload upload(fd.get(), most);
  while (!octets.empty()) {
    const auto lf = octets.find('\n');
    const auto part = octets.substr(0, std::min(piece, lf == octets.npos ? octets.size() : lf + 1));
    upload.add(part);
    octets.remove_prefix(part.size());
  }
  const bool is_good = upload.finish();
  return {scratch.read("message"), upload.is_complete(), is_good, upload.is_too_large()};
}

}  // namespace

TEST(lines_are_unstuffed_and_end_in_LF_however_they_are_cut) {
  constexpr std::string_view octets = "To: joe\r\n\r\n..\r\n...a\r\n.b\r\nbare\nlf\ra\r\r\n\r\nend\r\n.\r\nQUIT\r\n";
  for (std::size_t piece = 1; piece < 10; ++piece) {
    const auto result = upload(octets, piece);
    CHECK_EQ(result.message, "To: joe\n\n.\n..a\nb\nbare\nlf\ra\r\n\nend\n");
    CHECK_ROW(piece, result.is_complete && result.is_good);
  }
}

TEST(nothing_but_a_dot_between_two_CRLF_is_the_end) {
  for (const std::string_view octets : {"a\n.\r\n", "a\r\n.\n", "a\n.\n", "a.\r\n", "a\r\n.\r\r\n", "a\r\n..\r\n", "a\r\n. \r\n", ".", ".\r"})
    for (const std::size_t piece : {1, 2, 100}) CHECK_ROW(octets, !upload(octets, piece).is_complete);
  for (const std::size_t piece : {1, 2, 3}) CHECK_ROW(piece, upload(".\r\n", piece).is_complete);
  CHECK_EQ(upload(".\r\n").message, "");
}

TEST(a_dot_behind_a_bare_LF_stays) { CHECK_EQ(upload("a\n.b\r\n..\r\n.\r\n").message, "a\n.b\n.\n"); }

TEST(long_lines_are_kept_whole) {
  const std::string line(100000, 'x');
  CHECK_EQ(upload(line + "\r\n.\r\n", 4096).message, line + "\n");
}

TEST(what_is_too_large_is_told_and_not_good) {
  const auto large = upload("12345\r\n67890\r\n.\r\n", 1000, 11);
  CHECK(large.is_complete && large.is_too_large && !large.is_good);
  const auto fits = upload("12345\r\n67890\r\n.\r\n", 1000, 12);
  CHECK(fits.is_complete && !fits.is_too_large && fits.is_good);
}
