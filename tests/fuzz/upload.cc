// SPDX-License-Identifier: ISC
// XTND XMIT's message, read from a client and cut elsewhere, against a reference that has it whole. The first two
// octets say how much is welcome, and in what pieces a line comes.
// covers pop3d/upload.cc
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/fd.h"
#include "base/line_input.h"
#include "pop3d/xtnd.h"
#include "tests/fuzz/require.h"

namespace {

// RFC 1939 s.3, in the other direction: lines end in CRLF, the line "." is the end, the first dot of any other goes.
struct Naive {
  std::string message;
  bool is_complete = false;
};
Naive receive(std::string_view stream) {
  Naive naive;
  for (auto end = stream.find("\r\n"); end != stream.npos; end = stream.find("\r\n")) {
    auto line = stream.substr(0, end);
    stream.remove_prefix(end + 2);
    naive.is_complete = line == ".";
    if (naive.is_complete) break;
    if (line.starts_with('.')) line.remove_prefix(1);
    naive.message.append(line) += '\n';
  }
  return naive;
}

std::string content(int file) {
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  require(::pread(file, text.data(), text.size(), 0) == static_cast<long>(text.size()));
  return text;
}

// Calls ADD(piece) until there are none, or it says that it is done.
template <typename Add>
void read_pieces(std::string_view stream, Add add) {
  auto pipe = base::make_pipe();
  base::write_all(pipe.write.get(), stream, "pipe");
  pipe.write.reset();
  base::BufferedLineInput in(pipe.read.get(), 1000);
  std::string_view piece;
  while (in.next_piece(piece) == base::Got::line && !add(piece)) continue;
}
template <typename Add>
void cut_pieces(std::string_view stream, std::size_t most, Add add) {
  while (!stream.empty()) {
    const auto line_end = std::min(stream.find('\n'), stream.size() - 1) + 1;
    const auto piece = stream.substr(0, std::min(line_end, most));
    stream.remove_prefix(piece.size());
    if (add(piece)) return;
  }
}

template <typename Pieces>
void check(std::string_view stream, std::uint64_t most, Pieces pieces) {
  const base::UniqueFd file(::memfd_create("upload", MFD_CLOEXEC));
  pop3d::Upload upload(file.get(), most);
  pieces(stream, [&](std::string_view piece) {
    upload.add(piece);
    return upload.is_complete();
  });
  const auto naive = receive(stream);
  require(upload.is_complete() == naive.is_complete);
  const bool is_good = upload.finish();
  const auto stored = content(file.get());
  require(stored.size() <= most);
  if (!naive.is_complete) return;
  require(upload.octets() == naive.message.size() && upload.is_too_large() == (naive.message.size() > most));
  require(is_good == !upload.is_too_large() && (!is_good || stored == naive.message));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint64_t most = data[0] * 200u;
  const std::size_t piece = data[1] % 64 + 1u;
  const auto stream = as_text(data + 2, size - 2).substr(0, 60000);
  check(stream, most, [](auto text, auto add) { read_pieces(text, add); });
  check(stream, most, [&](auto text, auto add) { cut_pieces(text, piece, add); });
  return 0;
}
