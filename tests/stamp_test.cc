// SPDX-License-Identifier: ISC
#include "maildir/stamp.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using maildir::is_settled;
using maildir::read_stamp;
using maildir::Stamp;

constexpr std::int64_t ms = 1'000'000, second = 1'000'000'000;
constexpr std::int64_t now = 1'700'000'000 * second + 500 * ms;

void wait_for_a_tick() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

}  // namespace

TEST(stamp_is_settled_when_a_tick_has_passed) {
  const struct {
    const char* what;
    std::int64_t modified_before, changed_before;  // how long before now
    bool settled;
  } table[] = {
      {"this very moment", 0, 0, false},
      {"within the tick", 3 * ms, 3 * ms, false},
      {"the longest tick", 10 * ms, 10 * ms, false},
      {"the time to wait", maildir::settling_ns, maildir::settling_ns, true},
      {"a second", second, second, true},
      {"a year", 365 * 86400 * second + 1, 365 * 86400 * second + 1, true},
      {"mtime old, ctime within the tick", 86400 * second + 1, 3 * ms, false},
      {"mtime within the tick, ctime old", 3 * ms, 86400 * second + 1, false},
      {"mtime set back", 86400 * second + 1, second, true},
      {"the future, by a nanosecond", -1, -1, false},
      {"the future, by an hour", -3600 * second - 1, -3600 * second - 1, false},
      {"ctime alone from the future", second, -ms, false},
      {"mtime alone from the future", -ms, second, false},
  };
  for (const auto& row : table)
    CHECK_ROW(row.what, is_settled({1, 1, now - row.modified_before, now - row.changed_before}, now) == row.settled);
}

// On FAT and the like a time is as good as two seconds.
TEST(stamp_of_whole_seconds_takes_longer_to_settle) {
  const struct {
    std::int64_t whole_seconds_before;
    bool settled;
  } table[] = {{0, false}, {1, false}, {2, false}, {3, true}, {4, true}, {86400, true}, {-1, false}, {-3, false}};
  for (const auto& row : table) {
    const auto time = now - 500 * ms - row.whole_seconds_before * second;
    CHECK_ROW(row.whole_seconds_before, is_settled({1, 1, time, time}, now) == row.settled);
  }
  CHECK(!is_settled({1, 1, 0, now - 3 * ms}, now));
  CHECK(!is_settled({1, 1, now - 500 * ms, now - 500 * ms}, now - 500 * ms));
}

// The clock that is asked lags by up to a tick. Linux has ticks of 1 to 10 ms (CONFIG_HZ).
TEST(waiting_for_the_settling_time_is_enough_with_any_tick) {
  for (const std::int64_t tick : {ms, 10 * ms / 3, 4 * ms, 10 * ms}) {
    bool is_enough = true;
    for (auto changed = now + 1; changed < now + 2 * tick; changed += ms / 7)
      is_enough = is_enough && is_settled({1, 1, changed, changed}, (changed + maildir::settling_ns) / tick * tick);
    CHECK_ROW(tick, is_enough);
  }
}

TEST(stamp_of_what_is_missing_does_not_exist) {
  const Scratch scratch;
  scratch.write("file", "");
  ::symlink("nothing", scratch.path("symlink").c_str());
  for (const auto name : {"nothing", "nothing/at/all", "file/x", "symlink"}) {
    const auto stamp = read_stamp(scratch.path(name).c_str());
    CHECK_ROW(name, !stamp.exists() && stamp == Stamp());
  }
}

TEST(stamp_stays_while_nothing_changes) {
  const Scratch scratch;
  scratch.make_directory("cur");
  scratch.write("cur/1", "a\n");
  const auto path = scratch.path("cur");
  const auto stamp = read_stamp(path.c_str());
  CHECK(stamp.exists());
  wait_for_a_tick();
  CHECK(scratch.read("cur/1") == "a\n");
  CHECK(read_stamp(path.c_str()) == stamp);
}

TEST(stamp_changes_with_the_directory) {
  const Scratch scratch;
  scratch.make_directory("cur");
  const auto path = scratch.path("cur"), file = scratch.path("cur/1"), other = scratch.path("cur/2");
  const struct {
    const char* what;
    int (*change)(const char* path, const char* file, const char* other);
  } table[] = {
      {"create", [](const char*, const char* f, const char*) { return ::mknod(f, S_IFREG | 0600, 0); }},
      {"rename", [](const char*, const char* f, const char* o) { return ::rename(f, o); }},
      {"link", [](const char*, const char* f, const char* o) { return ::link(o, f); }},
      {"replace", [](const char*, const char* f, const char* o) { return ::unlink(o) + ::rename(f, o); }},
      {"rename back", [](const char*, const char* f, const char* o) { return ::rename(o, f); }},
      {"unlink", [](const char*, const char* f, const char*) { return ::unlink(f); }},
      {"chmod", [](const char* p, const char*, const char*) { return ::chmod(p, 0700); }},
      {"mtime set back",
       [](const char* p, const char*, const char*) {
         const timespec old[2] = {{1, 0}, {1, 0}};
         return ::utimensat(AT_FDCWD, p, old, 0);
       }},
  };
  for (const auto& row : table) {
    const auto before = read_stamp(path.c_str());
    wait_for_a_tick();
    CHECK_ROW(row.what, row.change(path.c_str(), file.c_str(), other.c_str()) == 0);
    CHECK_ROW(row.what, !(read_stamp(path.c_str()) == before));
  }
}

TEST(copy_with_the_same_times_has_another_stamp) {
  const Scratch scratch;
  const timespec times[2] = {{1700000000, 5}, {1700000000, 5}};
  for (const auto name : {"cur", "copy"}) {
    scratch.make_directory(name);
    CHECK_EQ(::utimensat(AT_FDCWD, scratch.path(name).c_str(), times, 0), 0);
  }
  const auto one = read_stamp(scratch.path("cur").c_str()), other = read_stamp(scratch.path("copy").c_str());
  CHECK_EQ(one.modified_ns, 1'700'000'000 * second + 5);
  CHECK_EQ(one.modified_ns, other.modified_ns);
  CHECK(!(one == other));
}

TEST(stamping_clock_is_never_ahead_of_the_stamps) {
  const Scratch scratch;
  const auto path = scratch.path("file");
  for (int i = 0; i < 2000; ++i) {
    const auto clock = maildir::stamping_clock_ns();
    scratch.write("file", "");
    const auto stamp = read_stamp(path.c_str());
    ::unlink(path.c_str());
    CHECK(stamp.modified_ns >= clock && stamp.changed_ns >= clock);
    CHECK(!is_settled(stamp, clock));
  }
}

TEST(fresh_stamp_settles_in_the_end) {
  const Scratch scratch;
  scratch.write("file", "");
  const auto stamp = read_stamp(scratch.path("file").c_str());
  for (int i = 0; i < 400 && !is_settled(stamp, maildir::stamping_clock_ns()); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(is_settled(stamp, maildir::stamping_clock_ns()));
}
