// SPDX-License-Identifier: ISC
#include "pop3d/octet_locks.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>

#include <cerrno>

#include "base/clock.h"
#include "base/failure.h"

namespace pop3d {

namespace {

int set_lock(int fd, int how, short type, std::int64_t at) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = at;
  lock.l_len = 1;
  return ::fcntl(fd, how, &lock);
}

// While it lives, SIGALRM interrupts system calls, first after MS, then again and again: the first
// may come just before the call.
class Alarm {
 public:
  explicit Alarm(std::int64_t ms) {
    struct sigaction interrupt {};
    interrupt.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &interrupt, &action_);
    sigset_t alarm;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    ::sigprocmask(SIG_UNBLOCK, &alarm, &mask_);
    const itimerval timer{{0, 10000}, {ms / 1000, ms % 1000 * 1000}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }
  ~Alarm() {
    const itimerval none{};
    ::setitimer(ITIMER_REAL, &none, nullptr);
    ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
    ::sigaction(SIGALRM, &action_, nullptr);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  struct sigaction action_;
  sigset_t mask_;
};

}  // namespace

bool try_lock(int fd, std::int64_t at) {
  if (set_lock(fd, F_OFD_SETLK, F_WRLCK, at) == 0) return true;
  if (errno != EAGAIN && errno != EACCES) base::fail("lock a file");
  return false;
}

bool lock_soon(int fd, std::int64_t at) {
  constexpr int yields = 20, sleeps = 100;
  for (int i = 0; i < yields + sleeps; ++i) {
    if (try_lock(fd, at)) return true;
    if (i < yields)
      ::sched_yield();
    else
      base::sleep_until_ms(base::now_ms() + 1);
  }
  return false;
}

bool lock_within(int fd, std::int64_t at, std::int64_t ms) {
  if (ms <= 0) return try_lock(fd, at);
  const Alarm alarm(ms);
  if (set_lock(fd, F_OFD_SETLKW, F_WRLCK, at) == 0) return true;
  if (errno != EINTR) base::fail("lock a file");
  return false;
}

void unlock(int fd, std::int64_t at) noexcept { set_lock(fd, F_OFD_SETLK, F_UNLCK, at); }

}  // namespace pop3d
