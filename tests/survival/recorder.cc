// SPDX-License-Identifier: ISC
#include "tests/survival/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace survival {

namespace {

std::string read_memory(pid_t pid, unsigned long long at, std::size_t size) {
  std::string octets(size, '\0');
  const iovec ours{octets.data(), size}, theirs{reinterpret_cast<void*>(at), size};
  const auto got = ::process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
  octets.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return octets;
}

// Not beyond the end of a page: the next one may not be there.
std::string read_name(pid_t pid, unsigned long long at) {
  constexpr unsigned long long page = 4096;
  std::string name;
  while (name.size() < page) {
    const auto piece = read_memory(pid, at, page - at % page);
    const auto end = piece.find('\0');
    name += piece.substr(0, end);
    if (end != piece.npos || piece.empty()) break;
    at += piece.size();
  }
  return name;
}

std::string read_link(const std::string& path) {
  char target[4096];
  const auto size = ::readlink(path.c_str(), target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<std::size_t>(size));
}

std::string proc(pid_t pid, const std::string& name) { return "/proc/" + std::to_string(pid) + "/" + name; }

std::string hex_of(const std::string& octets) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : octets) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[c & 15];
  }
  return hex;
}

unsigned long inode_of(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}
unsigned long inode_of(pid_t pid, int fd) {
  struct stat status;
  return ::stat(proc(pid, "fd/" + std::to_string(fd)).c_str(), &status) == 0 ? status.st_ino : 0;
}

// Where the descriptor stands.
unsigned long long position_of(pid_t pid, int fd) {
  unsigned long long position = 0;
  if (std::FILE* const file = std::fopen(proc(pid, "fdinfo/" + std::to_string(fd)).c_str(), "r")) {
    if (std::fscanf(file, "pos: %llu", &position) != 1) position = 0;
    std::fclose(file);
  }
  return position;
}

}  // namespace

Recorder::Recorder(const char* file, std::string directory)
    : out_(std::fopen(file, "w")), directory_(std::move(directory)) {
  if (!out_) throw std::runtime_error(std::string("cannot write ") + file);
}

// Empty if it is not below the directory.
std::string Recorder::path_at(pid_t pid, int folder, unsigned long long name) const {
  std::string path = read_name(pid, name);
  if (path.empty() || path[0] != '/')
    path = read_link(proc(pid, folder == AT_FDCWD ? "cwd" : "fd/" + std::to_string(folder))) + "/" + path;
  while (path.ends_with("/.")) path.resize(path.size() - 2);
  return path.starts_with(directory_ + "/") ? path : std::string();
}

std::string Recorder::path_of(pid_t pid, int fd) const {
  const auto path = read_link(proc(pid, "fd/" + std::to_string(fd)));
  return path == directory_ || path.starts_with(directory_ + "/") ? path : std::string();
}

Recorder::Pending Recorder::entered(pid_t pid, const __ptrace_syscall_info& info) const {
  Pending call;
  const auto& args = info.entry.args;
  const auto fd = [&](int i) { return static_cast<int>(args[i]); };
  switch (info.entry.nr) {
    case SYS_open: call.to = path_at(pid, AT_FDCWD, args[0]); break;
    case SYS_openat: call.to = path_at(pid, fd(0), args[1]); break;
    case SYS_mkdir: call.to = path_at(pid, AT_FDCWD, args[0]); break;
    case SYS_mkdirat: call.to = path_at(pid, fd(0), args[1]); break;
    case SYS_unlink: call.to = path_at(pid, AT_FDCWD, args[0]); break;
    case SYS_unlinkat: call.to = path_at(pid, fd(0), args[1]); break;
    case SYS_rename:
    case SYS_link: call.from = path_at(pid, AT_FDCWD, args[0]), call.to = path_at(pid, AT_FDCWD, args[1]); break;
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_linkat: call.from = path_at(pid, fd(0), args[1]), call.to = path_at(pid, fd(2), args[3]); break;
    case SYS_sendto:
      if (fd(0) == 1) call.is_ours = true, call.data = read_memory(pid, args[1], args[2]);
      return call;
    case SYS_write:
    case SYS_pwrite64:
    case SYS_writev:
    case SYS_ftruncate:
    case SYS_fsync:
    case SYS_fdatasync:
      call.to = path_of(pid, fd(0));
      call.inode = inode_of(pid, fd(0));
      if (info.entry.nr == SYS_writev && !call.to.empty()) throw std::runtime_error("writev is not known here");
      if (info.entry.nr == SYS_write || info.entry.nr == SYS_pwrite64) {
        call.data = read_memory(pid, args[1], args[2]);
        if (fd(0) == 1) return call.is_ours = true, call.to.clear(), call;
      }
      break;
    default: return call;
  }
  call.is_ours = !call.to.empty();
  if (!call.is_ours) return call;
  if (!call.from.empty()) call.inode = inode_of(call.from);
  call.existed = inode_of(call.to) != 0;
  return call;
}

void Recorder::left(pid_t pid, const __ptrace_syscall_info& entry, const Pending& call, long result) {
  if (!call.is_ours || result < 0) return;
  const auto below = [&](const std::string& path) { return path.substr(directory_.size() + 1); };
  const auto& args = entry.entry.args;
  switch (entry.entry.nr) {
    case SYS_open:
    case SYS_openat: {
      const auto flags = args[entry.entry.nr == SYS_open ? 1 : 2];
      const auto inode = inode_of(pid, static_cast<int>(result));
      if ((flags & O_TMPFILE) == O_TMPFILE)
        std::fprintf(out_, "unnamed\t%lu\n", inode);
      else if ((flags & O_CREAT) != 0 && !call.existed)
        std::fprintf(out_, "create\t%lu\t%s\n", inode, below(call.to).c_str());
      else if ((flags & O_TRUNC) != 0)
        std::fprintf(out_, "truncate\t%lu\t0\n", inode);
      break;
    }
    case SYS_mkdir:
    case SYS_mkdirat: std::fprintf(out_, "mkdir\t%s\n", below(call.to).c_str()); break;
    case SYS_unlink:
    case SYS_unlinkat: std::fprintf(out_, "unlink\t%s\n", below(call.to).c_str()); break;
    case SYS_link:
    case SYS_linkat: std::fprintf(out_, "link\t%lu\t%s\n", call.inode, below(call.to).c_str()); break;
    case SYS_rename:
    case SYS_renameat:
    case SYS_renameat2:
      std::fprintf(out_, "rename\t%lu\t%s\t%s\n", call.inode, below(call.from).c_str(), below(call.to).c_str());
      break;
    case SYS_ftruncate: std::fprintf(out_, "truncate\t%lu\t%llu\n", call.inode, static_cast<unsigned long long>(args[1])); break;
    case SYS_fsync:
    case SYS_fdatasync:
      if (struct stat status; ::lstat(call.to.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
        std::fprintf(out_, "syncdir\t%s\n", call.to == directory_ ? "" : below(call.to).c_str());
      else
        std::fprintf(out_, "sync\t%lu\n", call.inode);
      break;
    default: {
      const auto put = hex_of(call.data.substr(0, static_cast<std::size_t>(result)));
      const auto fd = static_cast<int>(args[0]);
      if (call.to.empty())
        std::fprintf(out_, "say\t%s\n", put.c_str());
      else
        std::fprintf(out_, "write\t%lu\t%llu\t%s\n", call.inode,
                     entry.entry.nr == SYS_pwrite64 ? static_cast<unsigned long long>(args[3])
                                                   : position_of(pid, fd) - static_cast<unsigned long long>(result),
                     put.c_str());
    }
  }
}

void Recorder::ended(const std::string& role, int code) {
  std::fprintf(out_, "exit\t%s\t%d\n", role.c_str(), code);
}

}  // namespace survival
