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

// One reading of the whole file; nothing if it shrank meanwhile.
std::optional<std::uint64_t> read_size(int fd, std::uint64_t file_size) {
  WireSize size;
  while (file_size != 0) {
    const long got = base::read_some(fd, buffer, std::min<std::uint64_t>(sizeof buffer, file_size));
    if (got < 0) base::fail("read a message");
    if (got == 0) return {};
    size.add({buffer, static_cast<std::size_t>(got)});
    file_size -= static_cast<std::uint64_t>(got);
  }
  return size.total();
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
  if (!wire_size) wire_size = read_size(fd.get(), file_size);
  if (!wire_size) return {};
  return Measured{*wire_size, file_size};
}

}  // namespace maildir
