// SPDX-License-Identifier: ISC
// pop3-mangle - reduce a message to one text: the filter of X-MANGLE.
//
// usage   pop3-mangle [attribute=value ...]
// reads   fd 0, a message, in a file
// leaves  on fd 1 what is left of it
// exits   0 done; 100 misused; 111 the machine failed
// runs as the user, started by the runner of filters(8), and forbids itself all but to read and to write that
#include <fcntl.h>
#include <gmime/gmime.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/failure.h"
#include "base/fd.h"
#include "base/seccomp.h"
#include "pop3d/mangle_message.h"

namespace {

constexpr char program[] = "pop3-mangle";

// What a message that takes us over can do: read what the user may read, and write to descriptor 1, whose reader is
// the user. Files are opened for iconv(3), which loads charsets when it meets them.
constexpr base::Allowed allowed[] = {
    {SYS_brk}, {SYS_clock_gettime}, {SYS_close}, {SYS_exit_group}, {SYS_fstat}, {SYS_futex}, {SYS_getpid},
    {SYS_getrandom}, {SYS_gettid}, {SYS_lseek}, {SYS_madvise}, {SYS_mmap}, {SYS_mprotect}, {SYS_mremap}, {SYS_munmap},
    {SYS_newfstatat}, {SYS_pread64}, {SYS_prlimit64}, {SYS_read}, {SYS_rt_sigaction}, {SYS_rt_sigprocmask},
    {SYS_fcntl, base::equals(1, F_GETFL)},
    {SYS_openat, base::without(2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)},
    {SYS_tgkill},  // abort(), where memory has run out
    {SYS_write},
};
constexpr base::Filter filter = base::make_filter(allowed);

void confine() {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_NPROC, &none);
  ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__)
  if (base::has_seccomp()) base::install_filter(filter);
#endif
}

// Mapped: to GMime's parser an error of read(2) is the end of the message; of a mapping we die.
GMimeStream* open_input() {
  struct stat status;
  if (::fstat(0, &status) != 0) base::fail("stat", "standard input");
  if (status.st_size == 0) return ::g_mime_stream_mem_new();
  GMimeStream* const stream = ::g_mime_stream_mmap_new(0, PROT_READ, MAP_PRIVATE);
  if (!stream) base::fail("map", "standard input");
  ::g_mime_stream_mmap_set_owner(GMIME_STREAM_MMAP(stream), FALSE);
  return stream;
}

}  // namespace

int main(int argc, char** argv) try {
  pop3d::MangleWish wish;
  for (int i = 1; i < argc; ++i)
    if (const auto wrong = pop3d::set_mangle_attribute(argv[i], wish); !wrong.empty()) {
      base::complain(program, wrong, 0);
      return base::complain(program, "usage: pop3-mangle [attribute=value ...]", base::exit_usage);
    }
  base::open_standard_fds();
  if (::lseek(0, 0, SEEK_CUR) < 0) return base::complain(program, "standard input is no file", base::exit_usage);
  pop3d::begin_mangling();
  confine();
  GMimeStream* const stream = open_input();
  base::write_all(1, pop3d::mangle_message(stream, wish), "standard output");
  ::g_object_unref(stream);
  return 0;
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
