// SPDX-License-Identifier: ISC
// Reading a log line by line, and saying how far one is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scripts/stats_tally.h"

namespace stats {

enum class Telling { never, on_terminal, by_lines };

// Tells on descriptor 2, a second after the start and then four times a second, or by lines every
// five seconds, what has been read and how fast.
class Progress {
 public:
  // ALL: octets to be read; 0 if that is not known.
  Progress(Telling telling, std::uint64_t all);
  void read(std::uint64_t octets);
  void end();

 private:
  std::string text(std::int64_t now) const;

  Telling telling_;
  std::uint64_t all_, done_ = 0;
  std::int64_t started_, next_;
  bool has_told_ = false;
};

// The size of all FILES together; 0 if one of them, or standard input in their place, is no file.
std::uint64_t size_of_all(char* const* files);

// Reads FD to its end. Lines of more than a megabyte count as malformed. Throws.
void read_log(int fd, std::string_view name, Tally& tally, Progress& progress);

}  // namespace stats
