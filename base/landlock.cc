// SPDX-License-Identifier: ISC
#include "base/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/failure.h"

namespace base {

namespace {

// The same numbers on all architectures; musl 1.2.3 has no names for them.
constexpr long sys_create_ruleset = 444, sys_add_rule = 445, sys_restrict_self = 446;

// Rights that came after Linux 6.1, whose headers Debian 12 has.
constexpr std::uint64_t fs_truncate = 1 << 14, fs_ioctl_device = 1 << 15;      // ABI 3, ABI 5
constexpr std::uint64_t net_bind_tcp = 1, net_connect_tcp = 2;                 // ABI 4
constexpr std::uint64_t scope_abstract_unix_socket = 1, scope_signal = 2;      // ABI 6

// All of ABI 1, from EXECUTE to MAKE_SYM, and REFER.
constexpr std::uint64_t fs_of_abi_2 = (LANDLOCK_ACCESS_FS_REFER << 1) - 1;

// Not among them: to execute; to remove a directory; to make a link, a FIFO, a socket or a device.
// To truncate is: nothing here does so, and seccomp has no call for it, but at each open the kernel
// looks whether it would be allowed too, and would look all the way up to the root. That made
// reading 20,000 messages take a quarter longer.
constexpr std::uint64_t in_directory =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_REFER | fs_truncate;

std::uint64_t rights_for(Place::Use use) {
  switch (use) {
    case Place::Use::directory: return in_directory;
    case Place::Use::read_file: return LANDLOCK_ACCESS_FS_READ_FILE;
    case Place::Use::write_file: return LANDLOCK_ACCESS_FS_WRITE_FILE;
  }
  return 0;
}

// Nobody could use it anyway.
bool is_out_of_reach(int error) {
  return error == ENOENT || error == EACCES || error == EPERM || error == ENOTDIR || error == ELOOP ||
         error == ENAMETOOLONG;
}

}  // namespace

LandlockRights landlock_rights(long abi) {
  if (abi < 2) return {};
  LandlockRights rights{fs_of_abi_2, 0, 0};
  if (abi >= 3) rights.files |= fs_truncate;
  if (abi >= 4) rights.network = net_bind_tcp | net_connect_tcp;
  if (abi >= 5) rights.files |= fs_ioctl_device;
  if (abi >= 6) rights.scope = scope_abstract_unix_socket | scope_signal;
  return rights;
}

std::size_t landlock_rights_size(long abi) {
  return abi >= 6 ? sizeof(LandlockRights) : abi >= 4 ? offsetof(LandlockRights, scope)
                                                      : offsetof(LandlockRights, network);
}

Landlock::Landlock() {
  const long abi = ::syscall(sys_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 2) return;
  const auto rights = landlock_rights(abi);
  const long rules = ::syscall(sys_create_ruleset, &rights, landlock_rights_size(abi), 0);
  if (rules < 0) fail("make landlock's rules");
  rules_ = UniqueFd(static_cast<int>(rules));
  known_ = rights.files;
}

void Landlock::allow(const Place& place) {
  const bool is_directory = place.use == Place::Use::directory;
  const auto fd = try_open(place.path, O_PATH | (is_directory ? O_DIRECTORY : 0));
  if (!fd && is_out_of_reach(errno)) return;
  if (!fd) fail("open", place.path);
  if (!is_directory) {
    // A directory would mean all that is below it.
    struct stat status;
    if (::fstat(fd.get(), &status) != 0) fail("stat", place.path);
    if (!S_ISREG(status.st_mode)) return;
  }
  const landlock_path_beneath_attr rule{rights_for(place.use) & known_, fd.get()};
  if (::syscall(sys_add_rule, rules_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    fail("allow", place.path);
}

void Landlock::restrict_self() {
  if (::syscall(sys_restrict_self, rules_.get(), 0) != 0) fail("restrict myself by landlock");
  rules_.reset();
}

}  // namespace base
