// SPDX-License-Identifier: ISC
#include "pop3d/guesses.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "pop3d/octet_locks.h"
#include "pop3d/siphash.h"

namespace pop3d {

namespace {

constexpr std::size_t sets = 1024, ways = 8;
constexpr std::int64_t halving_s = 300;
constexpr std::uint32_t most_failures = 32;  // more than any interval can be doubled
// A clock that was set back a little, or two processors that disagree, forgive nothing; an entry
// from further ahead is damage, or of a clock that was wrong for long.
constexpr std::int64_t future_s = 60;

struct Header {
  char name[16];
  std::uint32_t version, size;
  SipKey key;
  std::uint64_t check;  // the hash of all before it: a torn header is none
  unsigned char unused[80];
};
static_assert(sizeof(Header) == 128);
constexpr char header_name[] = "popchain-guesses";
constexpr std::uint32_t header_version = 1;

struct Entry {
  std::uint64_t network;  // 0: free
  std::uint32_t when;     // of the last failure, in seconds since 1970
  std::uint32_t failures;
};
static_assert(sizeof(Header) + sets * ways * sizeof(Entry) == guesses_file_size);

// Locks: octet 0 for the header, a set's first octet for the set; and far behind the file's end,
// where there is no octet but may be a lock, the verifiers and each address's connections. All
// are positive as off_t.
constexpr std::int64_t first_verifier = std::int64_t{1} << 40;
constexpr std::int64_t first_connection = std::int64_t{1} << 62;
static_assert(sizeof(off_t) == 8 && most_per_address == 1 << 16);

std::int64_t connections_of(std::uint64_t network) {
  return first_connection | static_cast<std::int64_t>(network >> 24 << 16);  // 40 bits of it
}

std::uint64_t check_of(const Header& header) {
  const auto octets = reinterpret_cast<const unsigned char*>(&header);
  return sip_hash(header.key, {octets, offsetof(Header, check)});
}

// The octets that tell one guesser from another; their number, 0 if TEXT is no address.
std::size_t parse_address(std::string_view text, unsigned char* to) {
  base::Text<INET6_ADDRSTRLEN> plain(text.substr(0, text.find('%')));  // fe80::1%eth0
  if (plain.overflowed()) return 0;
  unsigned char octets[16];
  constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (::inet_pton(AF_INET, plain.c_str(), octets) == 1) {
    to[0] = 4;
    std::memcpy(to + 1, octets, 4);
    return 5;
  }
  if (::inet_pton(AF_INET6, plain.c_str(), octets) != 1) return 0;
  const bool is_mapped = std::memcmp(octets, mapped, sizeof mapped) == 0;
  to[0] = is_mapped ? 4 : 6;
  std::memcpy(to + 1, is_mapped ? octets + 12 : octets, is_mapped ? 4 : 8);
  return is_mapped ? 5 : 9;
}

// The failures that ENTRY still stands for: none if it is not to be believed.
std::uint32_t remaining(const Entry& entry, std::int64_t now) {
  const auto age = now - std::int64_t{entry.when};
  if (entry.network == 0 || entry.failures > most_failures || age < -future_s) return 0;
  const auto forgotten = std::max<std::int64_t>(age, 0) / halving_s;
  return forgotten >= entry.failures ? 0 : entry.failures - static_cast<std::uint32_t>(forgotten);
}

Entry& choose(Entry (&set)[ways], std::uint64_t network, std::int64_t now) {
  Entry* chosen = nullptr;
  for (auto& entry : set) {
    if (entry.network == network) return entry;
    if (chosen && remaining(*chosen, now) == 0) continue;
    if (!chosen || remaining(entry, now) == 0 || entry.when < chosen->when) chosen = &entry;
  }
  return *chosen;
}

// The number of failures in a row whose reply takes MOST_MS.
std::uint32_t failures_until(std::int64_t interval_ms, std::int64_t most_ms) {
  std::uint32_t failures = 1;
  for (auto delay = interval_ms; delay < most_ms && failures < most_failures; delay *= 2) ++failures;
  return failures;
}

}  // namespace

std::int64_t clock_s() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec;
}

Guesses::Guesses(const char* path, std::string_view address, Clock clock) noexcept : clock_(clock) {
  if (!path || !*path) return;
  address_size_ = parse_address(address, address_);
  if (address_size_ == 0) return;
  try {
    open(path);
  } catch (const std::exception& e) {
    give_up(e.what());
  }
}

void Guesses::open(const char* path) {
  file_ = base::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  struct stat found;
  if (::fstat(file_.get(), &found) != 0) base::fail("look at", path);
  if (!S_ISREG(found.st_mode) || found.st_uid != ::geteuid() || (found.st_mode & 077) != 0)
    throw base::Failure(path, "not a file of ours that nobody else may use");
  if (read_header()) return;
  // Damaged, or cut short by a crash; but whatever else an administrator may name by mistake is
  // not ours to overwrite.
  char name[sizeof Header::name] = {};
  [[maybe_unused]] const auto got = ::pread(file_.get(), name, sizeof name, 0);
  if (found.st_size != 0 && found.st_size != guesses_file_size &&
      std::memcmp(name, header_name, sizeof name) != 0)
    throw base::Failure(path, "holds something else");
  begin_anew();
}

// True, and our hash known, if it is a header of this format.
bool Guesses::read_header() noexcept {
  Header header;
  if (::pread(file_.get(), &header, sizeof header, 0) != sizeof header) return false;
  const bool is_ours = std::memcmp(header.name, header_name, sizeof header.name) == 0 &&
                       header.version == header_version && header.size == guesses_file_size &&
                       header.check == check_of(header);
  if (is_ours) {
    network_ = sip_hash(header.key, {address_, address_size_});
    if (network_ == 0) network_ = 1;
  }
  base::wipe(&header.key, sizeof header.key);
  return is_ours;
}

// The header is written last: until then whoever looks sees none, and waits for the lock.
void Guesses::begin_anew() {
  if (!lock_soon(file_.get(), 0))
    throw base::Failure("make the file of guesses", "another process has it locked");
  if (!read_header()) {
    Header header{};
    std::memcpy(header.name, header_name, sizeof header.name);
    header.version = header_version;
    header.size = guesses_file_size;
    base::random_octets(&header.key, sizeof header.key);
    header.check = check_of(header);
    if (::ftruncate(file_.get(), 0) != 0 || ::ftruncate(file_.get(), guesses_file_size) != 0 ||
        ::pwrite(file_.get(), &header, sizeof header, 0) != sizeof header)
      base::fail("make the file of guesses");
    base::wipe(&header, sizeof header);
    read_header();
  }
  unlock(file_.get(), 0);
}

bool Guesses::enter(std::uint64_t limit) noexcept try {
  if (!file_ || limit == 0) return true;
  const auto slots = std::min(limit, most_per_address);
  const auto first = connections_of(network_);
  // Beginning anywhere: the first ones are the likeliest to be taken.
  const auto start = static_cast<std::uint64_t>(::getpid());
  for (std::uint64_t i = 0; i < slots; ++i)
    if (try_lock(file_.get(), first + static_cast<std::int64_t>((start + i) % slots))) return true;
  return false;
} catch (const std::exception& e) {
  give_up(e.what());
  return true;
}

bool Guesses::wait_for_turn(std::uint64_t most, std::int64_t deadline_ms) noexcept try {
  if (!file_ || most == 0) return true;
  constexpr std::int64_t slice_ms = 50;
  const auto slots = std::min(most, most_verifiers);
  const auto start = static_cast<std::uint64_t>(::getpid());
  const auto place = [&](std::uint64_t i) {
    return first_verifier + static_cast<std::int64_t>((start + i) % slots);
  };
  for (;;) {
    for (std::uint64_t i = 0; i < slots; ++i)
      if (try_lock(file_.get(), place(i))) {
        turn_ = place(i);
        return true;
      }
    // The kernel wakes us when one of them ends; now and then we look whether another has.
    const auto left = deadline_ms - base::now_ms();
    if (left <= 0) return false;
    if (lock_within(file_.get(), place(0), std::min(left, slice_ms))) {
      turn_ = place(0);
      return true;
    }
  }
} catch (const std::exception& e) {
  give_up(e.what());
  return true;
}

void Guesses::end_turn() noexcept {
  if (turn_ >= 0) unlock(file_.get(), turn_);
  turn_ = -1;
}

std::int64_t Guesses::failed(std::int64_t interval_ms, std::int64_t most_ms) noexcept try {
  if (!file_ || interval_ms <= 0) return interval_ms;
  const auto failures = count_failure(failures_until(interval_ms, most_ms));
  auto delay = interval_ms;
  for (std::uint64_t i = 1; i < failures && delay < most_ms; ++i) delay *= 2;
  return std::min(delay, std::max(interval_ms, most_ms));
} catch (const std::exception& e) {
  give_up(e.what());
  return interval_ms;
}

// The failures of the address, this one included. No more than CAP are counted, so that the delay
// begins to fall as soon as there are no more.
std::uint64_t Guesses::count_failure(std::uint64_t cap) {
  const auto at = static_cast<std::int64_t>(sizeof(Header) + network_ % sets * sizeof(Entry[ways]));
  // If the lock's holder was stopped, two failures may be counted as one: better than to wait.
  const bool is_locked = lock_soon(file_.get(), at);
  Entry set[ways] = {};
  if (::pread(file_.get(), set, sizeof set, at) < 0) base::fail("read the file of guesses");
  const auto now = clock_();
  Entry& entry = choose(set, network_, now);
  const auto before = entry.network == network_ ? remaining(entry, now) : 0;
  const auto failures = std::max<std::uint64_t>(before, std::min<std::uint64_t>(before + 1, cap));
  entry = {network_, static_cast<std::uint32_t>(now), static_cast<std::uint32_t>(failures)};
  const auto place = at + (reinterpret_cast<char*>(&entry) - reinterpret_cast<char*>(set));
  if (::pwrite(file_.get(), &entry, sizeof entry, place) != sizeof entry)
    base::fail("write the file of guesses");
  if (is_locked) unlock(file_.get(), at);
  return failures;
}

void Guesses::close() noexcept {
  file_.reset();  // the kernel drops all our locks, unless a fork of ours has the file open too
  turn_ = -1;
  base::wipe(&network_, sizeof network_);
}

void Guesses::give_up(std::string_view why) noexcept {
  close();
  base::LogLine("pop3-login", "unguarded").field("ip", base::client_address()).field("error", why).write();
}

}  // namespace pop3d
