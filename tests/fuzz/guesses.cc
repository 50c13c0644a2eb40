// SPDX-License-Identifier: ISC
// A file in the place of POP3_GUESSES: octets of a good one changed, or something else. Nobody is kept out by it, no delay is
// longer than it may be, and what was never ours stays as it is.
// covers pop3d/guesses.cc
#include "pop3d/guesses.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

namespace {

constexpr std::int64_t interval_ms = 1000, most_ms = 16000;
constexpr std::size_t header_size = 128, set_size = 128;
constexpr std::string_view name = "popchain-guesses";

std::int64_t clock_of_test() noexcept { return 1795304737; }

std::string good_file(const Scratch& scratch) {
  const auto path = scratch.path("guesses");
  require(pop3d::Guesses(path.c_str(), "192.0.2.7", clock_of_test).failed(interval_ms, most_ms) == interval_ms);
  return scratch.read("guesses");
}

// Every set the same, so that ours is what DATA says whatever the key is.
std::string with_sets(std::string file, std::string_view set) {
  for (std::size_t at = header_size; at < file.size(); at += set_size)
    std::memcpy(file.data() + at, set.data(), std::min(set.size(), set_size));
  return file;
}
std::string with_header(std::string file, std::string_view changes) {
  for (; changes.size() >= 2; changes.remove_prefix(2))
    file[static_cast<unsigned char>(changes[0]) % header_size] = changes[1];
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  static const std::string good = good_file(scratch);
  if (size == 0) return 0;
  const auto input = as_text(data + 1, size - 1);
  std::string file;
  switch (data[0] % 4) {
    case 0: file = with_sets(good, input); break;
    case 1: file = with_header(good, input); break;
    case 2: file = good.substr(0, size); break;
    case 3: file = input; break;
  }
  scratch.write("guesses", file);
  const auto path = scratch.path("guesses");
  for (const auto address : {"192.0.2.7", "2001:db8::7"}) {
    pop3d::Guesses guesses(path.c_str(), address, clock_of_test);
    require(guesses.enter(2) && guesses.wait_for_turn(2, 0));
    guesses.end_turn();
    const auto delay = guesses.failed(interval_ms, most_ms);
    require(delay >= interval_ms && delay <= most_ms);
    const auto next = guesses.failed(interval_ms, most_ms);
    require(next >= delay && next <= most_ms);
  }
  const auto left = scratch.read("guesses");
  const bool was_ours = file.empty() || file.size() == pop3d::guesses_file_size ||
                        (file.size() >= name.size() && file.starts_with(name));
  require(was_ours ? left.size() <= pop3d::guesses_file_size : left == file);
  return 0;
}
