// SPDX-License-Identifier: ISC
// What filters of system calls allow, told by running them as the kernel would; and the rights
// that landlock is asked for. tests/sandbox.bats tries to break out.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "base/fd.h"
#include "base/landlock.h"
#include "base/sandbox.h"
#include "base/seccomp.h"
#include "tests/check.h"

using base::Allowed;
using base::equals;
using base::without;

namespace {

// The verdict on a call. The steps are those that seccomp.h makes.
std::uint32_t run(const base::Filter& filter, const seccomp_data& call) {
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < filter.size; ++at) {
    const auto& step = filter.code[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS: std::memcpy(&a, reinterpret_cast<const char*>(&call) + step.k, 4); break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += a == step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += a >= step.k ? step.jt : step.jf; break;
      case BPF_JMP | BPF_JSET | BPF_K: at += (a & step.k) != 0 ? step.jt : step.jf; break;
      case BPF_RET | BPF_K: return step.k;
      default: return 0;
    }
  }
  return 0;  // no verdict at all
}

seccomp_data call_of(std::uint32_t number, std::uint64_t first = 0, std::uint64_t second = 0) {
  return {static_cast<int>(number), base::our_architecture, 0, {first, second, 0, 0, 0, 0}};
}

bool is_allowed(const base::Filter& filter, const seccomp_data& call) {
  const auto verdict = run(filter, call);
  CHECK(verdict == SECCOMP_RET_ALLOW || verdict == SECCOMP_RET_KILL_PROCESS);
  return verdict == SECCOMP_RET_ALLOW;
}

constexpr Allowed some[] = {{300}, {2}, {3}, {4}, {-1}, {0}, {301}};
constexpr Allowed more[] = {
    {20, without(1, 4)},
    {21, without(1, 4)},
    {10, equals(0, 7)},
    {10, equals(0, 8), equals(1, 2)},
    {10, equals(0, 9), without(1, 6)},
    {450},
};
constexpr auto mixed = base::make_filter(some, more);

// What the lists above say, by another way.
bool is_mixed(std::uint32_t number, std::uint64_t first, std::uint64_t second) {
  switch (number) {
    case 0:
    case 2:
    case 3:
    case 4:
    case 300:
    case 301:
    case 450: return true;
    case 20:
    case 21: return (second & 4) == 0;
    case 10: return first == 7 || (first == 8 && second == 2) || (first == 9 && (second & 6) == 0);
    default: return false;
  }
}

constexpr Allowed no_more[] = {{-1}};
constexpr Allowed one[] = {{39}};
constexpr Allowed neighbours[] = {{12}, {10}, {11}, {13}};
constexpr Allowed alike[] = {{9, without(2, 4)}, {10, without(2, 4)}};
constexpr Allowed everything_checked[] = {{0, equals(0, 1)}};

}  // namespace

TEST(a_filter_allows_what_is_listed_and_nothing_else) {
  for (std::uint32_t number = 0; number < 1000; ++number)
    for (std::uint64_t first = 6; first < 11; ++first)
      for (std::uint64_t second = 0; second < 9; ++second)
        CHECK_ROW(number, is_allowed(mixed, call_of(number, first, second)) == is_mixed(number, first, second));
}

TEST(a_filter_kills_any_call_of_another_architecture) {
  for (const std::uint32_t architecture : {std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{0}, ~std::uint32_t{0}}) {
    auto call = call_of(2);
    call.arch = architecture;
    CHECK_ROW(architecture, !is_allowed(mixed, call));
  }
}

TEST(a_filter_kills_numbers_of_x32_and_beyond) {
  for (const std::uint32_t number : {0x40000000u, 0x40000002u, 0x7fffffffu, 0x80000000u, 0xffffffffu})
    CHECK_ROW(number, !is_allowed(mixed, call_of(number)));
}

// The kernel takes an int's lower half.
TEST(a_condition_is_about_the_lower_half_of_an_argument) {
  CHECK(is_allowed(mixed, call_of(10, 0xffff'ffff'0000'0007)));
  CHECK(!is_allowed(mixed, call_of(20, 0, 0xffff'ffff'0000'0004)));
}

TEST(a_filter_of_one_call) {
  constexpr auto filter = base::make_filter(one, no_more);
  CHECK(is_allowed(filter, call_of(39)));
  CHECK(!is_allowed(filter, call_of(38)));
  CHECK(!is_allowed(filter, call_of(40)));
  CHECK(!is_allowed(filter, call_of(0)));
}

TEST(a_filter_that_only_checks) {
  constexpr auto filter = base::make_filter(everything_checked, no_more);
  CHECK(is_allowed(filter, call_of(0, 1)));
  CHECK(!is_allowed(filter, call_of(0, 2)));
  CHECK(!is_allowed(filter, call_of(1, 1)));
}

TEST(neighbours_are_one_range) {
  // Three to load, two of search, two verdicts.
  CHECK_EQ(base::make_filter(neighbours, no_more).size, 7u);
}

TEST(what_is_checked_alike_is_written_once) {
  // The same, and two for the condition.
  CHECK_EQ(base::make_filter(alike, no_more).size, 9u);
}

TEST(without_refer_there_is_no_landlock) {
  CHECK_EQ(base::landlock_rights(1).files, 0u);
  CHECK_EQ(base::landlock_rights(-1).files, 0u);
  CHECK(base::landlock_rights(2).files & (1u << 13));
}

TEST(a_newer_landlock_is_asked_for_more) {
  for (long abi = 2; abi < 10; ++abi) {
    const auto older = base::landlock_rights(abi), newer = base::landlock_rights(abi + 1);
    CHECK_ROW(abi, (older.files & ~newer.files) == 0 && (older.network & ~newer.network) == 0 &&
                       (older.scope & ~newer.scope) == 0);
    CHECK_ROW(abi, base::landlock_rights_size(abi) <= base::landlock_rights_size(abi + 1));
    // What is asked for must lie in what is handed over.
    CHECK_ROW(abi, older.network == 0 || base::landlock_rights_size(abi) >= 16);
    CHECK_ROW(abi, older.scope == 0 || base::landlock_rights_size(abi) == sizeof(base::LandlockRights));
  }
}

TEST(the_kernel_takes_the_rights_of_all_abis_up_to_its_own) {
  constexpr long create_ruleset = 444;
  const long newest = ::syscall(create_ruleset, nullptr, 0, 1);
  for (long abi = 2; abi <= newest; ++abi) {
    const auto rights = base::landlock_rights(abi);
    const base::UniqueFd rules(
        static_cast<int>(::syscall(create_ruleset, &rights, base::landlock_rights_size(abi), 0)));
    CHECK_ROW(abi, static_cast<bool>(rules));
  }
}

#if !defined(__SANITIZE_ADDRESS__)

namespace {

// The signal that ends a worker of tlsd that does ATTEMPT; 0 if it goes on. ENDS is a socket pair.
template <typename Attempt>
int signal_that_ends(Attempt attempt, base::Sandbox sandbox = base::Sandbox::required) {
  int ends[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const base::UniqueFd queue(::epoll_create1(0));
  const pid_t child = ::fork();
  if (child == 0) {
    base::confine_tls_worker(sandbox);
    attempt(ends[0], queue.get());
    ::_exit(0);
  }
  ::close(ends[0]);
  ::close(ends[1]);
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

constexpr struct {
  const char* what;
  void (*attempt)(int socket, int queue);
} forbidden[] = {
    {"open", [](int, int) { (void)!::open("/etc/passwd", O_RDONLY); }},
    {"execve", [](int, int) { ::execl("/", "/", nullptr); }},
    {"fork", [](int, int) { if (::fork() == 0) ::_exit(0); }},
    {"kill", [](int, int) { ::kill(::getppid(), 0); }},
    {"socket", [](int, int) { ::socket(AF_INET, SOCK_STREAM, 0); }},
    {"connect", [](int socket, int) { ::connect(socket, nullptr, 0); }},
    {"sendmsg", [](int socket, int) { ::sendmsg(socket, nullptr, 0); }},
    {"a packet filter", [](int socket, int) { ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, nullptr, 0); }},
    {"a socket's peer", [](int socket, int) { socklen_t size = 0; ::getsockopt(socket, SOL_SOCKET, SO_PEERSEC, nullptr, &size); }},
    {"code", [](int, int) { (void)!::mmap(nullptr, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    {"ptrace", [](int, int) { ::syscall(SYS_ptrace, 0, 0, 0, 0); }},
    {"chmod", [](int socket, int) { (void)!::fchmod(socket, 0); }},
};

constexpr struct {
  const char* what;
  void (*work)(int socket, int queue);
} needed[] = {
    {"waiting", [](int socket, int queue) {
       epoll_event event{};
       ::epoll_ctl(queue, EPOLL_CTL_ADD, socket, &event);
       ::epoll_wait(queue, &event, 1, 0);
     }},
    {"a new user", [](int socket, int) { ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC); }},
    {"who it is", [](int socket, int) {
       ucred peer;
       socklen_t size = sizeof peer;
       ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
     }},
    {"a descriptor", [](int socket, int) {
       msghdr message{};
       ::recvmsg(socket, &message, MSG_DONTWAIT);
     }},
    {"options", [](int socket, int) {
       const int value = 1;
       ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
       ::setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, sizeof value);
     }},
    {"memory", [](int, int) { ::free(::realloc(::malloc(1 << 20), 1 << 23)); }},
};

}  // namespace

TEST(a_worker_of_tlsd_that_does_what_it_need_not_is_killed) {
  for (const auto& [what, attempt] : forbidden) {
    CHECK_ROW(what, signal_that_ends(attempt) == SIGSYS);
    CHECK_ROW(what, signal_that_ends(attempt, base::Sandbox::off) == 0);
  }
}

TEST(a_worker_of_tlsd_may_do_its_work) {
  for (const auto& [what, work] : needed) CHECK_ROW(what, signal_that_ends(work) == 0);
}

#endif
