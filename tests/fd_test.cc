// SPDX-License-Identifier: ISC
#include "base/fd.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/failure.h"
#include "tests/check.h"

namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

// How many of descriptors 3 to 69 a process has left that had all of them and kept some.
int left_of(std::initializer_list<int> kept) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (int fd = 3; fd < 70; ++fd) ::dup2(0, fd);
    base::close_others(kept);
    int count = 0;
    for (int fd = 3; fd < 70; ++fd) count += is_open(fd);
    for (const int fd : kept)
      if (fd >= 0 && !is_open(fd)) count = 99;
    if (!is_open(0) || !is_open(1) || !is_open(2)) count = 99;
    ::_exit(count);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WEXITSTATUS(status);
}

}  // namespace

TEST(all_are_closed_but_the_first_three_and_what_is_kept) {
  const base::UniqueFd null(::open("/dev/null", O_RDWR));
  CHECK_EQ(left_of({}), 0);
  CHECK_EQ(left_of({-1}), 0);
  CHECK_EQ(left_of({3}), 1);
  CHECK_EQ(left_of({3, 4}), 2);
  CHECK_EQ(left_of({69, -1, 5}), 2);  // in any order
  CHECK_EQ(left_of({40, 40}), 1);
  CHECK_EQ(left_of({0, 2, 10}), 1);
}
