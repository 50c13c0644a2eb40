// SPDX-License-Identifier: ISC
#include "base/spawn.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/env.h"
#include "base/failure.h"
#include "base/text.h"

namespace base {

// posix_spawn rather than fork: the libraries share the memory until the exec, so that the
// page tables of a process about to be replaced are never copied.
pid_t try_spawn(char* const argv[], std::span<const Handed> handed) noexcept {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  int error = 0;
  for (const auto& fd : handed)
    if (!error) error = ::posix_spawn_file_actions_adddup2(&actions, fd.from, fd.to);
  // What we ignore, the program shall not inherit as ignored.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  if (!error) error = ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv, ::environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  errno = error;
  return error ? -1 : pid;
}

int wait_for(pid_t pid) {
  int status;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) fail("wait for a child");
  return status;
}

const char* find_program(const char* program) {
  static Text<4095> path;
  const std::string_view name(program);
  if (name.find('/') != name.npos) return ::access(program, X_OK) == 0 ? program : nullptr;
  auto directories = has_env("PATH") ? get_env("PATH") : std::string_view("/bin:/usr/bin");
  int error = ENOENT;  // or why one that is there is not to be executed
  for (;;) {
    const auto colon = directories.find(':');
    const auto directory = directories.substr(0, colon);
    path.clear();
    path << (directory.empty() ? std::string_view(".") : directory) << '/' << name;
    if (!path.overflowed() && ::access(path.c_str(), X_OK) == 0) return path.c_str();
    if (!path.overflowed() && ::access(path.c_str(), F_OK) == 0) error = EACCES;
    if (colon == directories.npos) {
      errno = error;
      return nullptr;
    }
    directories.remove_prefix(colon + 1);
  }
}

}  // namespace base
