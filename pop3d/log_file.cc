// SPDX-License-Identifier: ISC
#include "pop3d/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/text.h"

namespace pop3d {

namespace {

// Above what chains use by number: 3 and 4, and those of UCSPI-TLS.
constexpr int lowest_kept = 20, highest_kept = 1023;

bool is_trusted(uid_t owner) { return owner == 0 || owner == ::geteuid(); }

base::Text<64> variable_of(const char* file) {
  base::Text<64> name;
  return name << file << "_FD", name;
}

// Kept on exec, in a place of its own.
int keep(base::UniqueFd fd) {
  const int kept = ::fcntl(fd.get(), F_DUPFD, lowest_kept);
  if (kept < 0) base::fail("dup", "log file");
  return kept;
}

void tell(const char* file, int fd) {
  base::Text<16> number;
  number << fd;
  base::set_env(variable_of(file).c_str(), number.c_str());
}

void log_failure(const char* program, const char* file, std::string_view why) {
  base::LogLine(program, "no-file").field("setting", file).field("error", why).write();
}

// Hands whole lines on: other sessions' relays write to the same file.
void relay(int from, int to) {
  constexpr std::size_t size = 65536;
  static char buffer[size];
  std::size_t held = 0;
  for (;;) {
    const long got = base::read_some(from, buffer + held, size - held);
    if (got <= 0) break;
    held += static_cast<std::size_t>(got);
    const void* last = ::memrchr(buffer, '\n', held);
    if (!last && held < size) continue;
    const std::size_t whole = last ? static_cast<std::size_t>(static_cast<const char*>(last) - buffer) + 1 : held;
    base::try_write_all(to, {buffer, whole});  // a full disk loses lines, and delays nobody
    std::memmove(buffer, buffer + whole, held - whole);
    held -= whole;
  }
}

// The process that writes the trace; gives our end of its pipe. It holds nothing of the client's, whose connection must end when
// all others have let go of it, and ends itself when nobody can write to the pipe any more.
base::UniqueFd start_relay(base::UniqueFd file, uid_t uid, gid_t gid) {
  auto pipe = base::make_pipe();
  const pid_t pid = ::fork();
  if (pid < 0) base::fail("fork");
  if (pid > 0) return std::move(pipe.write);
  try {
    for (const int client : {0, 1}) ::close(client);
    base::close_others({file.get(), pipe.read.get()});
    if (uid != 0) base::drop_privilege(uid, gid, {});
    relay(pipe.read.get(), file.get());
  } catch (const std::exception& e) {
    log_failure("pop3-login", "POP3_TRACE", e.what());
  }
  ::_exit(0);
}

void open_one(const char* file, uid_t uid, gid_t gid, bool through_relay) noexcept try {
  base::unset_env(variable_of(file).c_str());
  const auto path = base::get_env(file);
  if (path.empty()) return;
  auto fd = open_log_file(path.data());
  if (through_relay) fd = start_relay(std::move(fd), uid, gid);
  tell(file, keep(std::move(fd)));
} catch (const std::exception& e) {
  log_failure("pop3-login", file, e.what());
}

}  // namespace

base::UniqueFd open_log_file(const char* path) {
  base::Text<4096> directory{std::string_view(path)};
  if (directory.overflowed()) throw base::Failure("open", "name too long");
  const auto slash = directory.view().rfind('/');
  if (slash == std::string_view::npos) throw base::Failure(path, "not an absolute path");
  const base::Text<4096> folder(directory.view().substr(0, slash == 0 ? 1 : slash));
  const char* const name = path + slash + 1;

  const base::UniqueFd at = base::open_file(folder.c_str(), O_RDONLY | O_DIRECTORY);
  struct stat status;
  if (::fstat(at.get(), &status) != 0) base::fail("stat", folder.view());
  if (!is_trusted(status.st_uid) || (status.st_mode & 022) != 0)
    throw base::Failure(folder.view(), "not root's or ours alone to write in");
  // O_NONBLOCK: not to wait for the reader of a fifo, which is refused below.
  base::UniqueFd fd(::openat(at.get(), name,
                             O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600));
  if (!fd) base::fail("open", path);
  if (::fstat(fd.get(), &status) != 0) base::fail("stat", path);
  if (!S_ISREG(status.st_mode) || status.st_nlink != 1 || !is_trusted(status.st_uid))
    throw base::Failure(path, "not a regular file with one name, of root's or ours");
  return fd;
}

void open_log_files(uid_t uid, gid_t gid) noexcept {
  open_one("POP3_ACCESS_LOG", uid, gid, false);
  open_one("POP3_TRACE", uid, gid, true);
}

int log_file(const char* program, const char* file) noexcept try {
  if (base::get_env(file).empty()) return -1;
  const auto variable = variable_of(file);
  const auto number = base::env_number(variable.c_str(), 0, lowest_kept, highest_kept);
  if (number != 0) return static_cast<int>(number);
  const int fd = open_log_file(base::get_env(file).data()).release();
  tell(file, fd);
  return fd;
} catch (const std::exception& e) {
  log_failure(program, file, e.what());
  return -1;
}

}  // namespace pop3d
