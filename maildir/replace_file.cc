// SPDX-License-Identifier: ISC
#include "maildir/replace_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "base/failure.h"
#include "base/fd.h"

namespace maildir {

namespace {

void write_temporary(int directory, const char* temporary, std::string_view content, Durable durable) {
  const base::UniqueFd fd(::openat(directory, temporary,
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600));
  if (!fd) base::fail("create", temporary);
  try {
    base::write_all(fd.get(), content, temporary);
    if (durable == Durable::yes && ::fsync(fd.get()) != 0) base::fail("fsync", temporary);
  } catch (...) {
    ::unlinkat(directory, temporary, 0);
    throw;
  }
}

}  // namespace

void replace_file(int directory, const char* temporary, const char* path, std::string_view content,
                  Durable durable) {
  write_temporary(directory, temporary, content, durable);
  if (::renameat(directory, temporary, directory, path) != 0) {
    const int error = errno;
    ::unlinkat(directory, temporary, 0);
    errno = error;
    base::fail("rename to", path);
  }
  if (durable == Durable::no) return;
  const base::UniqueFd folder(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) base::fail("fsync the directory of", path);
}

}  // namespace maildir
