// SPDX-License-Identifier: ISC
#include "maildir/measure.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/failure.h"
#include "base/fd.h"
#include "maildir/directory.h"
#include "maildir/name.h"
#include "maildir/wire.h"

namespace maildir {

namespace {

char buffer[65536];

struct Range {
  std::uint64_t begin, end;
};

// The first octets from FROM on that are no hole. A file system that cannot tell has none.
Range next_data(int fd, std::uint64_t from, std::uint64_t file_size) {
  const off_t data = ::lseek(fd, static_cast<off_t>(from), SEEK_DATA);
  if (data < 0) return errno == ENXIO ? Range{file_size, file_size} : Range{from, file_size};
  const auto begin = std::min(static_cast<std::uint64_t>(data), file_size);
  const off_t hole = ::lseek(fd, data, SEEK_HOLE);
  if (hole < 0) return {begin, file_size};
  // Never nothing, should a hole be made just there: each turn is to get on.
  const auto end = std::max(static_cast<std::uint64_t>(hole), begin + sizeof buffer);
  return {begin, std::min(end, file_size)};
}

// One reading of the whole file; nothing if it shrank meanwhile. Its holes are passed over: a sparse
// file of terabytes costs whoever makes it nothing, and would take us hours.
std::optional<std::uint64_t> read_size(int fd, std::uint64_t file_size, bool has_holes) {
  WireSize size;
  Range data{0, has_holes ? 0 : file_size};
  for (std::uint64_t at = 0; at < file_size;) {
    if (at == data.end) {
      data = next_data(fd, at, file_size);
      size.add_nuls(data.begin - at);
      at = data.begin;
      continue;
    }
    const long got = base::read_at(fd, buffer, std::min<std::uint64_t>(sizeof buffer, data.end - at), at);
    if (got < 0) base::fail("read a message");
    if (got == 0) return {};
    size.add({buffer, static_cast<std::size_t>(got)});
    at += static_cast<std::uint64_t>(got);
  }
  // A hole's end was not read.
  if (has_holes && base::read_at(fd, buffer, 1, file_size - 1) != 1) return {};
  return size.total();
}

// Holes that are worth a question. Also true of a file that its file system has compressed, which then
// tells that all is data.
bool has_holes(const struct stat& status) {
  constexpr std::int64_t large = 1 << 20, block = 512;  // stat(2)'s block, whatever the file system
  return status.st_size > large && status.st_blocks * block < status.st_size;
}

// What W= says, if the file does not give it the lie. W= leaves out the CRLF that a last line
// without its end is sent with.
std::optional<std::uint64_t> stated_size(int fd, const char* name, std::uint64_t file_size) {
  const auto stated = sizes_in_name(name);
  if (!stated.wire || (stated.file && *stated.file != file_size)) return {};
  if (*stated.wire < file_size || *stated.wire - file_size > file_size) return {};
  if (file_size == 0) return 0;
  char last;
  if (::pread(fd, &last, 1, static_cast<off_t>(file_size - 1)) != 1) return {};
  return *stated.wire + (last == '\n' ? 0 : 2);
}

}  // namespace

std::optional<Measured> measure(int directory_fd, const char* name, SizePolicy policy) {
  if (policy == SizePolicy::name) {
    const auto stated = sizes_in_name(name);
    if (stated.wire || stated.file)
      return Measured{stated.wire ? *stated.wire : *stated.file, unknown_size};
  }
  // O_NONBLOCK: a FIFO that took a message's name must not stop us.
  const base::UniqueFd fd(
      ::openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) {
    if (is_lasting(errno) || errno == ENOENT || errno == ENXIO || errno == ESTALE) return {};
    base::fail("open", name);
  }
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) base::fail("stat", name);
  if (!S_ISREG(status.st_mode)) return {};
  const auto file_size = static_cast<std::uint64_t>(status.st_size);
  if (policy == SizePolicy::file) return Measured{file_size, file_size};
  auto wire_size = stated_size(fd.get(), name, file_size);
  if (!wire_size) wire_size = read_size(fd.get(), file_size, has_holes(status));
  if (!wire_size) return {};
  return Measured{*wire_size, file_size};
}

}  // namespace maildir
