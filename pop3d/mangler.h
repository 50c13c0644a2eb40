// SPDX-License-Identifier: ISC
// Mangled messages of one session: made by the runner when first asked for, and kept, so that the
// size that LIST says is the size of what RETR sends, and each is made once. The current directory is the
// Maildir.
#pragma once

#include <cstdint>
#include <optional>

#include "base/array.h"
#include "base/fd.h"
#include "pop3d/mangle_wish.h"
#include "pop3d/runner.h"

namespace pop3d {

// A file in tmp/ that has no name there, and goes when it is closed. Throws.
base::UniqueFd open_unnamed();

class Mangler {
 public:
  // RUNNER must outlive this object. DEADLINE_MS as Runner::ask has it.
  Mangler(Runner& runner, std::int64_t deadline_ms) : runner_(runner), deadline_ms_(deadline_ms) {}

  // Where a mangled message is: SIZE octets from OFFSET on in the file FD, which stays open until the
  // next call; and what RETR says of it.
  struct Mangled {
    int fd;
    std::uint64_t offset, size, wire_size;
  };

  // Message I of so many, if it is kept as WISH wants it.
  std::optional<Mangled> find(std::size_t i, const MangleWish& wish) const;
  // What is known of its size, which is kept longer.
  enum class Known : std::uint8_t { nothing, failed, size };  // failed: when it was last made
  Known find_size(std::size_t i, const MangleWish& wish, std::uint64_t& wire_size) const;

  // Makes it of the file FD, message I of COUNT. Nothing if that failed, which the log tells.
  std::optional<Mangled> make(std::size_t i, std::size_t count, int fd, const MangleWish& wish);

 private:
  struct Entry {
    std::uint64_t offset, size, wire_size;
    std::uint32_t file;  // the number of the file that has it, counted from 1; 0: none
    Known known;
  };

  std::optional<Mangled> run(int fd, const MangleWish& wish);
  void keep_for(const MangleWish& wish, std::size_t count);

  Runner& runner_;
  std::int64_t deadline_ms_;
  base::UniqueFd file_;
  std::uint32_t file_number_ = 0;
  std::uint64_t end_ = 0;  // of the file
  MangleWish wish_;        // of all entries: clients have one
  base::Array<Entry> entries_;
};

}  // namespace pop3d
