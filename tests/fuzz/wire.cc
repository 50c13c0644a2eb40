// SPDX-License-Identifier: ISC
// A message on the wire, against the reference. The first four octets say in what pieces it
// comes and how many lines TOP wants, the rest is the message.
// covers maildir/wire.cc
#include "maildir/wire.h"

#include <sys/mman.h>
#include <unistd.h>

#include <memory>

#include "base/fd.h"
#include "tests/fuzz/naive_wire.h"
#include "tests/fuzz/require.h"

namespace {

// What was written to FILE, which is empty afterwards.
std::string taken(int file) {
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  require(::pread(file, text.data(), text.size(), 0) == static_cast<long>(text.size()));
  require(::ftruncate(file, 0) == 0 && ::lseek(file, 0, SEEK_SET) == 0);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const base::UniqueFd file(::memfd_create("wire", MFD_CLOEXEC));
  static const auto out = std::make_unique<base::Output>(file.get(), -1);
  if (size < 4) return 0;
  const std::size_t sizes[] = {data[0] + 1u, data[1] + 1u, 100u * data[2] + 1u};
  const std::uint64_t lines = data[3];
  const auto message = as_text(data + 4, size - 4);

  maildir::WireSize counted;
  maildir::WireSender sender(*out);
  maildir::TopCut cut(lines);
  std::string top;
  auto rest = message;
  for (std::size_t i = 0; !rest.empty(); ++i) {
    const auto piece = rest.substr(0, sizes[i % std::size(sizes)]);
    rest.remove_prefix(piece.size());
    counted.add(piece);
    sender.add(piece);
    top += piece.substr(0, cut.keep(piece));
  }
  sender.finish();
  out->flush();
  const auto want = naive::with_crlf(message), sent = taken(file.get());
  require(sent == naive::stuffed(want) && naive::destuffed(sent) == want);
  require(counted.total() == want.size() && sender.octets() == want.size());
  require(top == naive::top(message, lines));
  return 0;
}
