// SPDX-License-Identifier: ISC
#include "pop3d/mangler.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/random.h"
#include "maildir/wire.h"

namespace pop3d {

namespace {

// What a session keeps on disk. One message may be more.
constexpr std::uint64_t most_kept = 64u << 20;

// The wire's size of the file from OFFSET to END. Throws.
std::uint64_t measure(int fd, std::uint64_t offset, std::uint64_t end) {
  static char buffer[65536];
  maildir::WireSize size;
  while (offset < end) {
    const long got = base::read_at(fd, buffer, std::min<std::uint64_t>(sizeof buffer, end - offset), offset);
    if (got <= 0) base::fail("read", "a mangled message");
    size.add({buffer, static_cast<std::size_t>(got)});
    offset += static_cast<std::uint64_t>(got);
  }
  return size.total();
}

}  // namespace

base::UniqueFd open_unnamed() {
  if (auto fd = base::try_open("tmp", O_TMPFILE | O_RDWR, 0600)) return fd;
  // A file system without: it has a name for a moment.
  base::Text<40> path("tmp/popchain.");
  path << base::random_name<10>().view();
  auto fd = base::open_file(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (::unlink(path.c_str()) != 0) base::fail("unlink", path.view());
  return fd;
}

std::optional<Mangler::Mangled> Mangler::find(std::size_t i, const MangleWish& wish) const {
  if (entries_.empty() || !(wish == wish_)) return {};
  const auto& entry = entries_[i];
  if (!file_ || entry.file != file_number_) return {};
  return Mangled{file_.get(), entry.offset, entry.size, entry.wire_size};
}

Mangler::Known Mangler::find_size(std::size_t i, const MangleWish& wish, std::uint64_t& wire_size) const {
  if (entries_.empty() || !(wish == wish_)) return Known::nothing;
  wire_size = entries_[i].wire_size;
  return entries_[i].known;
}

void Mangler::keep_for(const MangleWish& wish, std::size_t count) {
  if (!entries_.empty() && wish == wish_) return;
  wish_ = wish;
  entries_.clear();
  Entry* const first = entries_.extend(count);
  std::fill(first, first + count, Entry{});
}

// The program writes behind what is there: descriptor and offset are ours too.
std::optional<Mangler::Mangled> Mangler::run(int fd, const MangleWish& wish) {
  if (!file_ || end_ >= most_kept) {
    file_ = open_unnamed();
    ++file_number_;
    end_ = 0;
  }
  const bool is_done =
      runner_.ask({RunnerRequest::mangle, wish}, fd, file_.get(), deadline_ms_) == RunnerAnswer::done;
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) base::fail("stat", "a mangled message");
  const auto offset = end_;
  end_ = std::max(offset, static_cast<std::uint64_t>(status.st_size));
  if (!is_done) {
    // It may still be writing, for all we know.
    file_.reset();
    return {};
  }
  return Mangled{file_.get(), offset, end_ - offset, measure(file_.get(), offset, end_)};
}

std::optional<Mangler::Mangled> Mangler::make(std::size_t i, std::size_t count, int fd, const MangleWish& wish) {
  std::optional<Mangled> mangled;
  try {
    mangled = run(fd, wish);
  } catch (const base::Failure& e) {  // no room on the disk, say: the mailbox is good without
    base::LogLine("pop3d", "mangle").field("user", base::get_env("USER")).field("error", e.what()).write();
    file_.reset();
  }
  // The header alone is made quickly, and would drive out what LIST has made.
  if (!wish.has_body) return mangled;
  keep_for(wish, count);
  auto& entry = entries_[i];
  if (mangled)
    entry = {mangled->offset, mangled->size, mangled->wire_size, file_number_, Known::size};
  else
    entry = {0, 0, 0, 0, Known::failed};
  return mangled;
}

}  // namespace pop3d
