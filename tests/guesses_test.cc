// SPDX-License-Identifier: ISC
#include "pop3d/guesses.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "pop3d/siphash.h"
#include "tests/check.h"

namespace {

using pop3d::Guesses;

constexpr std::int64_t interval = 2000, most = 30000;  // ms, the defaults
constexpr std::int64_t halving = 300;                  // s

std::int64_t now = 1800000000;
std::int64_t test_clock() noexcept { return now; }

// A directory of the test's own with the state file's path in it; the log is caught.
class Place {
 public:
  Place() : before_(::dup(2)) {
    char directory[] = "/tmp/guesses.XXXXXX";
    if (!::mkdtemp(directory)) std::abort();
    directory_ = directory;
    path = directory_ + "/guesses";
    const auto log = base::open_file((directory_ + "/log").c_str(), O_RDWR | O_CREAT | O_APPEND, 0600);
    ::dup2(log.get(), 2);
    now = 1800000000;
  }
  ~Place() {
    ::dup2(before_.get(), 2);
    for (const char* name : {"/guesses", "/log", "/other"}) ::unlink((directory_ + name).c_str());
    ::rmdir(directory_.c_str());
  }
  std::int64_t fail(const char* address) const {
    return Guesses(path.c_str(), address, test_clock).failed(interval, most);
  }
  std::string content(const char* name = "/guesses") const {
    std::ifstream in(directory_ + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& octets) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << octets;
    ::chmod(path.c_str(), 0600);
  }
  std::string log() const { return content("/log"); }
  bool is_quiet() const { return log().empty(); }

  std::string path;

 private:
  std::string directory_;
  base::UniqueFd before_;
};

// A process that runs BODY and then waits to be killed; it is there once BODY is done.
template <typename Body>
class Process {
 public:
  explicit Process(Body body) {
    auto done = base::make_pipe();
    pid_ = ::fork();
    if (pid_ == 0) {
      const bool is_done = body();
      base::try_write_all(done.write.get(), is_done ? "1" : "0");
      for (;;) ::pause();
    }
    done.write.reset();
    char octet = '?';
    base::read_some(done.read.get(), &octet, 1);
    result = octet == '1';
  }
  ~Process() { end(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  bool result = false;

 private:
  pid_t pid_ = -1;
};

int run(auto body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST(sip_hash_is_that_of_its_authors) {
  // The test vectors of the paper's reference code: key 0..15, input 0..n-1.
  const pop3d::SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const struct {
    std::size_t size;
    std::uint64_t hash;
  } table[] = {{0, 0x726fdb47dd0e0e31}, {1, 0x74f839c593dc67fd}, {7, 0xab0200f58b01d137},
               {8, 0x93f5f5799a932462}, {9, 0x9e0082df0ba9e4b0}, {15, 0xa129ca6149be45e5}};
  unsigned char input[16];
  for (unsigned char i = 0; i < 16; ++i) input[i] = i;
  for (const auto& row : table) CHECK_ROW(row.size, pop3d::sip_hash(key, {input, row.size}) == row.hash);
}

// --- delays -----------------------------------------------------------------------------

TEST(each_failure_doubles_the_delay_up_to_the_most) {
  const Place place;
  for (const std::int64_t want : {2000, 4000, 8000, 16000, 30000, 30000, 30000})
    CHECK_EQ(place.fail("192.0.2.1"), want);
  CHECK(place.is_quiet());
}

TEST(failures_of_one_connection_count_like_those_of_many) {
  const Place place;
  Guesses guesses(place.path.c_str(), "192.0.2.1", test_clock);
  CHECK_EQ(guesses.failed(interval, most), 2000);
  CHECK_EQ(guesses.failed(interval, most), 4000);
  CHECK_EQ(place.fail("192.0.2.1"), 8000);
}

TEST(each_address_has_its_own_delay) {
  const Place place;
  for (int i = 0; i < 5; ++i) place.fail("192.0.2.1");
  for (const char* other : {"192.0.2.2", "2001:db8::1", "::1", "127.0.0.1"})
    CHECK_EQ(place.fail(other), interval);
}

TEST(addresses_of_one_client_are_one) {
  const struct {
    const char *first, *second;
    bool are_one;
  } table[] = {
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "::ffff:192.0.2.1", true},
      {"192.0.2.1", "::ffff:c000:201", true},
      {"192.0.2.1", "::ffff:192.0.2.2", false},
      {"2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff", true},
      {"2001:db8::1", "2001:db8:0:1::1", false},
      {"fe80::1%eth0", "fe80::2%eth1", true},
      {"::ffff:192.0.2.1", "::192.0.2.1", false},
      {"::1", "0.0.0.0", false},
  };
  for (const auto& row : table) {
    const Place place;
    place.fail(row.first);
    CHECK_ROW(row.second, place.fail(row.second) == (row.are_one ? 2 * interval : interval));
  }
}

TEST(the_delay_halves_with_time_and_is_forgotten) {
  const struct {
    std::int64_t later, want;
  } table[] = {{halving - 1, 30000},     {halving, 30000},         {2 * halving, 16000},
               {3 * halving, 8000},      {4 * halving, 4000},      {5 * halving, 2000},
               {1000 * halving, 2000}};
  for (const auto& row : table) {
    const Place place;
    for (int i = 0; i < 8; ++i) place.fail("192.0.2.1");
    now += row.later;
    CHECK_ROW(row.later, place.fail("192.0.2.1") == row.want);
  }
}

TEST(a_slow_guesser_is_never_delayed_more_than_the_interval) {
  const Place place;
  for (int i = 0; i < 20; ++i, now += halving) CHECK_EQ(place.fail("192.0.2.1"), interval);
}

TEST(a_clock_set_back_a_little_forgives_nothing_and_one_set_back_far_does) {
  const Place place;
  place.fail("192.0.2.1");
  now -= 60;
  CHECK_EQ(place.fail("192.0.2.1"), 4000);
  now -= 61;
  CHECK_EQ(place.fail("192.0.2.1"), 2000);
}

TEST(intervals_of_any_size_are_handled) {
  const struct {
    std::int64_t interval, most, third;
  } table[] = {{0, 30000, 0},   {2000, 0, 2000}, {2000, 2000, 2000}, {5000, 30000, 20000},
               {60000, 30000, 60000}, {1, 1000000000000000, 4}};
  for (const auto& row : table) {
    const Place place;
    Guesses guesses(place.path.c_str(), "192.0.2.1", test_clock);
    guesses.failed(row.interval, row.most);
    guesses.failed(row.interval, row.most);
    CHECK_ROW(row.interval, guesses.failed(row.interval, row.most) == row.third);
    for (int i = 0; i < 100; ++i)
      CHECK(guesses.failed(row.interval, row.most) <= std::max(row.interval, row.most));
  }
}

TEST(without_a_file_or_an_address_every_delay_is_the_interval_and_nothing_is_limited) {
  const Place place;
  const struct {
    const char *path, *address;
  } table[] = {{nullptr, "192.0.2.1"}, {"", "192.0.2.1"}, {place.path.c_str(), "-"},
               {place.path.c_str(), ""}, {place.path.c_str(), "192.0.2.1.5"},
               {place.path.c_str(), "00000000000000000000000000000000000000000000000000000192.0.2.1"}};
  for (const auto& row : table) {
    Guesses guesses(row.path, row.address, test_clock), other(row.path, row.address, test_clock);
    for (int i = 0; i < 3; ++i) CHECK_ROW(row.address, guesses.failed(interval, most) == interval);
    CHECK_ROW(row.address, guesses.enter(1) && other.enter(1));
    CHECK_ROW(row.address, guesses.wait_for_turn(1, 0) && other.wait_for_turn(1, 0));
  }
  CHECK(place.content().empty());
  CHECK(place.is_quiet());
}

// --- the table --------------------------------------------------------------------------

TEST(a_table_full_of_others_neither_grows_nor_keeps_anybody_from_being_counted) {
  const Place place;
  for (int i = 0; i < 20000; ++i)
    place.fail(("10.0." + std::to_string(i / 256) + '.' + std::to_string(i % 256)).c_str());
  CHECK_EQ(place.content().size(), pop3d::guesses_file_size);
  now += 1;  // the others are older, and make place
  for (const std::int64_t want : {2000, 4000, 8000}) CHECK_EQ(place.fail("192.0.2.1"), want);
}

TEST(the_newest_of_many_addresses_are_remembered) {
  const Place place;
  const auto address = [](int i) { return "10.0." + std::to_string(i / 256) + '.' + std::to_string(i % 256); };
  for (int i = 0; i < 20000; ++i, now += i % 100 == 0) place.fail(address(i).c_str());
  int remembered = 0;
  for (int i = 19000; i < 20000; ++i) remembered += place.fail(address(i).c_str()) == 2 * interval;
  CHECK(remembered > 950);
}

TEST(the_key_differs_from_file_to_file) {
  const Place place, other;
  place.fail("192.0.2.1");
  other.fail("192.0.2.1");
  CHECK(place.content() != other.content());
}

TEST(the_file_is_ours_alone) {
  const Place place;
  const auto mask = ::umask(0);
  place.fail("192.0.2.1");
  ::umask(mask);
  struct stat found;
  ::stat(place.path.c_str(), &found);
  CHECK_EQ(found.st_mode & 07777, 0600u);
}

TEST(concurrent_failures_are_all_counted) {
  const Place place;
  constexpr int processes = 8, failures = 50;
  constexpr std::int64_t far = std::int64_t{1} << 40;
  std::vector<pid_t> children;
  // Interval 1 and a far bound: the delay is 2^(failures - 1), but at most 32 are counted. So each
  // takes an address that two processes share, in turns.
  for (int n = 0; n < processes; ++n) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (int i = 0; i < failures; ++i) {
        const auto address = "10." + std::to_string(n / 4) + ".0." + std::to_string(i);
        Guesses(place.path.c_str(), address, test_clock).failed(1, far);
      }
      ::_exit(0);
    }
    children.push_back(pid);
  }
  for (const auto pid : children) ::waitpid(pid, nullptr, 0);
  for (int n = 0; n < 2; ++n)
    for (int i = 0; i < failures; ++i) {
      const auto address = "10." + std::to_string(n) + ".0." + std::to_string(i);
      CHECK_ROW(address, Guesses(place.path.c_str(), address, test_clock).failed(1, far) == 16);
    }
  CHECK(place.is_quiet());
}

TEST(many_that_make_the_file_at_once_agree_on_it) {
  for (int round = 0; round < 50; ++round) {
    const Place place;
    std::vector<pid_t> children;
    auto start = base::make_pipe();
    for (int n = 0; n < 6; ++n) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        start.write.reset();
        char octet;
        base::read_some(start.read.get(), &octet, 1);  // all go on at once, when we close our end
        ::_exit(place.fail("192.0.2.1") > 0 ? 0 : 1);
      }
      children.push_back(pid);
    }
    start.write.reset();
    for (const auto pid : children) ::waitpid(pid, nullptr, 0);
    CHECK_ROW(round, place.fail("192.0.2.1") == most);
    CHECK(place.is_quiet());
  }
}

// --- files that are not what they should be ----------------------------------------------

TEST(a_damaged_file_is_begun_anew) {
  const Place good;
  for (int i = 0; i < 4; ++i) good.fail("192.0.2.1");
  const auto content = good.content();
  std::vector<std::string> table = {"", content.substr(0, 16), content.substr(0, 127),
                                    std::string(content.size(), '\0'), std::string(content.size(), '\xff')};
  for (std::size_t at = 0; at < 48; ++at) {
    table.push_back(content);
    table.back()[at] = static_cast<char>(table.back()[at] ^ 0x20);
  }
  for (std::size_t row = 0; row < table.size(); ++row) {
    const Place place;
    place.put(table[row]);
    CHECK_ROW(row, place.fail("192.0.2.1") == interval);
    CHECK_ROW(row, place.fail("192.0.2.1") == 2 * interval);
    CHECK_ROW(row, place.content().size() == pop3d::guesses_file_size);
    CHECK_ROW(row, place.is_quiet());
  }
}

TEST(entries_that_cannot_be_are_not_believed) {
  const Place place;
  for (int i = 0; i < 4; ++i) place.fail("192.0.2.1");
  auto content = place.content();
  const auto entry = content.find_first_not_of('\0', 128) / 16 * 16;
  const struct {
    std::uint32_t when, failures;
  } table[] = {{static_cast<std::uint32_t>(now + 61), 4}, {0xffffffff, 4}, {static_cast<std::uint32_t>(now), 33},
               {static_cast<std::uint32_t>(now), 0xffffffff}, {0, 4}, {static_cast<std::uint32_t>(now), 0}};
  for (std::size_t row = 0; row < std::size(table); ++row) {
    std::memcpy(&content[entry + 8], &table[row], 8);
    place.put(content);
    CHECK_ROW(row, place.fail("192.0.2.1") == interval);
  }
  const struct {
    std::uint32_t when, failures;
  } good{static_cast<std::uint32_t>(now), 3};
  std::memcpy(&content[entry + 8], &good, 8);
  place.put(content);
  CHECK_EQ(place.fail("192.0.2.1"), 16000);  // or the rows above had the wrong place
}

TEST(random_entries_do_no_harm) {
  const Place place;
  place.fail("192.0.2.1");
  auto content = place.content();
  unsigned value = 1;
  for (std::size_t at = 128; at < content.size(); ++at)
    content[at] = static_cast<char>((value = value * 1103515245 + 12345) >> 16);
  place.put(content);
  for (int i = 0; i < 1000; ++i) {
    const auto delay = place.fail(("10.0.1." + std::to_string(i % 256)).c_str());
    CHECK(delay >= interval && delay <= most);
  }
  CHECK(place.is_quiet());
}

TEST(a_cut_file_counts_on) {
  const Place place;
  place.fail("192.0.2.1");
  ::truncate(place.path.c_str(), 128);
  CHECK_EQ(place.fail("192.0.2.1"), interval);
  CHECK_EQ(place.fail("192.0.2.1"), 2 * interval);
}

TEST(a_file_that_was_never_ours_is_left_alone_and_nobody_kept_out) {
  const std::string key = "-----BEGIN PRIVATE KEY-----\n";
  const Place place;
  place.put(key);
  {
    Guesses guesses(place.path.c_str(), "192.0.2.1", test_clock);
    CHECK(guesses.enter(1));
    CHECK(guesses.wait_for_turn(1, 0));
    CHECK_EQ(guesses.failed(interval, most), interval);
    CHECK_EQ(guesses.failed(interval, most), interval);
  }
  CHECK_EQ(place.content(), key);
  CHECK_EQ(place.log(), "pop3-login: event=unguarded ip=- error=\"" + place.path + ": holds something else\"\n");
}

TEST(a_file_that_others_may_use_is_not_used) {
  const Place place;
  place.fail("192.0.2.1");
  for (const mode_t mode : {0640u, 0604u, 0620u, 0666u}) {
    ::chmod(place.path.c_str(), mode);
    CHECK_ROW(mode, place.fail("192.0.2.1") == interval);
  }
  CHECK(place.log().find("nobody else may use") != std::string::npos);
  ::chmod(place.path.c_str(), 0600);
  CHECK_EQ(place.fail("192.0.2.1"), 2 * interval);
}

TEST(what_is_no_file_is_not_used_and_nobody_kept_out) {
  const Place place;
  const std::string target = place.path.substr(0, place.path.rfind('/')) + "/other";
  for (const int kind : {0, 1, 2, 3}) {
    if (kind == 0) ::mkfifo(place.path.c_str(), 0600);
    if (kind == 1) ::mkdir(place.path.c_str(), 0700);
    if (kind == 2) [[maybe_unused]] const int made = ::symlink(target.c_str(), place.path.c_str());
    const auto path = kind == 3 ? place.path + "/missing/file" : place.path;
    CHECK_ROW(kind, Guesses(path.c_str(), "192.0.2.1", test_clock).failed(interval, most) == interval);
    CHECK_ROW(kind, place.log().find("event=unguarded") != std::string::npos);
    if (kind == 1)
      ::rmdir(place.path.c_str());
    else
      ::unlink(place.path.c_str());
    CHECK_ROW(kind, ::access(target.c_str(), F_OK) != 0);
  }
}

TEST(a_full_disk_keeps_nobody_out) {
  const Place place;
  const int code = run([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{4096, 4096};  // for the log it is enough
    ::setrlimit(RLIMIT_FSIZE, &small);
    Guesses guesses(place.path.c_str(), "192.0.2.1", test_clock);
    return guesses.enter(1) && guesses.failed(interval, most) == interval ? 0 : 1;
  });
  CHECK_EQ(code, 0);
  CHECK(place.log().find("event=unguarded") != std::string::npos);
}

TEST(a_stopped_process_that_holds_a_lock_delays_others_for_a_moment_only) {
  const Place place;
  place.fail("192.0.2.1");
  const Process holder([&] {
    const int fd = ::open(place.path.c_str(), O_RDWR);
    struct flock all {};
    all.l_type = F_WRLCK;
    return ::fcntl(fd, F_OFD_SETLK, &all) == 0;
  });
  CHECK(holder.result);
  const auto began = base::now_ms();
  CHECK_EQ(place.fail("192.0.2.1"), 2 * interval);
  CHECK(base::now_ms() - began < 2000);
}

// --- connections ------------------------------------------------------------------------

TEST(an_address_has_as_many_connections_as_it_may) {
  const Place place;
  const char* path = place.path.c_str();
  Guesses a(path, "192.0.2.1"), b(path, "192.0.2.1"), c(path, "::ffff:192.0.2.1"), other(path, "192.0.2.2");
  CHECK(a.enter(2));
  CHECK(b.enter(2));
  CHECK(!c.enter(2));
  CHECK(other.enter(2));
  CHECK(c.enter(3));
  b.close();
  Guesses d(path, "192.0.2.1");
  CHECK(d.enter(3));
  CHECK(place.is_quiet());
}

TEST(a_limit_of_0_is_none) {
  const Place place;
  Guesses a(place.path.c_str(), "192.0.2.1"), b(place.path.c_str(), "192.0.2.1");
  CHECK(a.enter(1));
  CHECK(b.enter(0));
}

TEST(the_largest_limit_is_counted_too) {
  const Place place;
  std::array<std::string, 64> addresses;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    addresses[i] = "192.0.2." + std::to_string(i);
    Guesses guesses(place.path.c_str(), addresses[i]);
    CHECK_ROW(addresses[i], guesses.enter(pop3d::most_per_address));
    CHECK_ROW(addresses[i], guesses.enter(~std::uint64_t{0}));
  }
  CHECK(place.is_quiet());
}

TEST(a_killed_process_leaves_no_connection_behind) {
  const Place place;
  const char* path = place.path.c_str();
  Process holder([&] {
    static Guesses theirs(path, "192.0.2.1");
    return theirs.enter(1);
  });
  CHECK(holder.result);
  Guesses ours(path, "192.0.2.1");
  CHECK(!ours.enter(1));
  holder.end();
  CHECK(ours.enter(1));
}

TEST(a_child_that_closes_does_not_free_its_parents_place) {
  const Place place;
  Guesses ours(place.path.c_str(), "192.0.2.1");
  CHECK(ours.enter(1));
  CHECK_EQ(run([&] { ours.close(); return 0; }), 0);
  Guesses other(place.path.c_str(), "192.0.2.1");
  CHECK(!other.enter(1));
}

TEST(the_file_is_closed_by_an_exec) {
  const Place place;
  const Guesses guesses(place.path.c_str(), "192.0.2.1");
  for (int fd = 3; fd < 100; ++fd) {
    char name[4096] = {};
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), name, sizeof name - 1) > 0 && place.path == name)
      CHECK(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
  }
}

// --- verifiers --------------------------------------------------------------------------

TEST(as_many_verifiers_run_as_may) {
  const Place place;
  const char* path = place.path.c_str();
  Guesses a(path, "192.0.2.1"), b(path, "192.0.2.2"), c(path, "192.0.2.3");
  CHECK(a.wait_for_turn(2, 0));
  CHECK(b.wait_for_turn(2, 0));
  CHECK(!c.wait_for_turn(2, 0));
  a.end_turn();
  CHECK(c.wait_for_turn(2, 0));
  CHECK(!a.wait_for_turn(2, 0));
  CHECK(a.wait_for_turn(0, 0));
}

TEST(waiting_for_a_turn_ends_at_the_deadline_and_is_no_busy_loop) {
  const Place place;
  Guesses a(place.path.c_str(), "192.0.2.1"), b(place.path.c_str(), "192.0.2.1");
  CHECK(a.wait_for_turn(1, 0));
  const auto began = base::now_ms();
  const auto cpu = std::clock();
  CHECK(!b.wait_for_turn(1, began + 200));
  CHECK(base::now_ms() - began >= 200);
  CHECK(base::now_ms() - began < 2000);
  CHECK(std::clock() - cpu < CLOCKS_PER_SEC / 20);
}

TEST(a_turn_that_ends_wakes_one_that_waits) {
  const Place place;
  const char* path = place.path.c_str();
  Process holder([&] {
    static Guesses theirs(path, "192.0.2.1");
    return theirs.wait_for_turn(1, 0);
  });
  CHECK(holder.result);
  const pid_t killer = ::fork();
  if (killer == 0) {
    base::sleep_until_ms(base::now_ms() + 60);
    holder.end();
    ::_exit(0);
  }
  Guesses ours(path, "192.0.2.1");
  const auto began = base::now_ms();
  CHECK(ours.wait_for_turn(1, began + 10000));
  CHECK(base::now_ms() - began < 5000);
  ::waitpid(killer, nullptr, 0);
}

TEST(waiting_leaves_sigalrm_as_it_was) {
  const Place place;
  Guesses a(place.path.c_str(), "192.0.2.1"), b(place.path.c_str(), "192.0.2.1");
  a.wait_for_turn(1, 0);
  b.wait_for_turn(1, base::now_ms() + 30);
  struct sigaction action;
  ::sigaction(SIGALRM, nullptr, &action);
  CHECK(action.sa_handler == SIG_DFL);
  itimerval timer;
  ::getitimer(ITIMER_REAL, &timer);
  CHECK(timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0);
}

TEST(many_take_turns_and_never_more_than_may) {
  const Place place;
  constexpr int processes = 12, rounds = 20;
  constexpr std::uint64_t may = 3;
  const auto counter = base::open_file((place.path.substr(0, place.path.rfind('/')) + "/other").c_str(),
                                       O_RDWR | O_CREAT | O_APPEND, 0600);
  std::vector<pid_t> children;
  for (int n = 0; n < processes; ++n) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      Guesses guesses(place.path.c_str(), "192.0.2.1");
      for (int i = 0; i < rounds; ++i) {
        if (!guesses.wait_for_turn(may, base::now_ms() + 20000)) ::_exit(1);
        base::try_write_all(counter.get(), "+");
        ::usleep(500);
        base::try_write_all(counter.get(), "-");
        guesses.end_turn();
      }
      ::_exit(0);
    }
    children.push_back(pid);
  }
  for (const auto pid : children) {
    int status;
    ::waitpid(pid, &status, 0);
    CHECK_EQ(status, 0);
  }
  int running = 0, seen = 0, most_seen = 0;
  for (const char c : place.content("/other")) {
    running += c == '+' ? 1 : -1;
    seen += c == '+';
    most_seen = std::max(most_seen, running);
  }
  CHECK_EQ(seen, processes * rounds);
  CHECK(most_seen <= static_cast<int>(may));
  CHECK(most_seen > 1);
}
