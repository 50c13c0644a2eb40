// SPDX-License-Identifier: ISC
// A hole in the parser of commands, as one that an attacker might find: linked into pop3-login, pop3d and
// poppassd in place of parse_command() (Makefile), for tests/sandbox.bats. What is around it is what is installed.
//
//   HOLE attempt [argument]    tries it; answers "+OK", or "-ERR" and the number of the error,
//                              unless the kernel ends the process
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "base/fd.h"
#include "pop3d/command.h"

namespace {

using Argument = const char*;

// --- files --------------------------------------------------------------------------------

// Those that pop3d may use, in the form that its C library gives them.
long open_with(Argument path, int flags) { return ::syscall(SYS_openat, AT_FDCWD, path, flags, 0600); }
long read_file(Argument path) { return open_with(path, O_RDONLY); }
long write_file(Argument path) { return open_with(path, O_WRONLY | O_APPEND); }
long truncate_file(Argument path) { return open_with(path, O_WRONLY | O_TRUNC); }
long create_file(Argument path) { return open_with(path, O_WRONLY | O_CREAT | O_EXCL); }
long list_directory(Argument path) { return open_with(path, O_RDONLY | O_DIRECTORY); }
long link_in(Argument path) { return ::link(path, "new/hole"); }
long link_out(Argument path) { return ::link("cur/1.one:2,", path); }
long move_in(Argument path) { return ::rename(path, "new/hole"); }
long move_out(Argument path) { return ::rename("cur/1.one:2,", path); }
long move_out_as_we_do(Argument path) {
  return ::syscall(SYS_renameat2, AT_FDCWD, "cur/1.one:2,", AT_FDCWD, path, 1);
}
long remove_file(Argument path) { return ::unlink(path); }
long remove_directory(Argument path) { return ::rmdir(path); }
long make_directory(Argument path) { return ::mkdir(path, 0700); }

long make_symlink(Argument path) { return ::syscall(SYS_symlinkat, path, AT_FDCWD, "new/hole"); }
long make_fifo(Argument path) { return ::syscall(SYS_mknodat, AT_FDCWD, path, S_IFIFO | 0600, 0); }
long change_mode(Argument path) { return ::syscall(SYS_fchmodat, AT_FDCWD, path, 0777); }
long change_owner(Argument path) { return ::syscall(SYS_fchownat, AT_FDCWD, path, -1, -1, 0); }
long change_times(Argument path) { return ::syscall(SYS_utimensat, AT_FDCWD, path, nullptr, 0); }
long change_attribute(Argument path) { return ::syscall(SYS_setxattr, path, "user.a", "b", 1, 0); }
long change_directory(Argument path) { return ::syscall(SYS_chdir, path); }
long change_root(Argument path) { return ::syscall(SYS_chroot, path); }
long mount(Argument path) { return ::syscall(SYS_mount, "none", path, "tmpfs", 0, nullptr); }
long open_by_handle(Argument) { return ::syscall(SYS_open_by_handle_at, AT_FDCWD, nullptr, 0); }
long make_memory_file(Argument) { return ::syscall(SYS_memfd_create, "hole", 0); }

// --- programs, processes, signals -----------------------------------------------------------

long execute(Argument path) {
  const char* const words[] = {path, nullptr};
  return ::syscall(SYS_execve, path, words, words + 1);
}
// A child that dies does so in its own way only; we answer for it.
long make_process(Argument) {
  const long pid = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) ::_exit(0);
  return pid;
}
long make_namespace(Argument) { return ::syscall(SYS_unshare, CLONE_NEWUSER); }
long signal_parent(Argument) { return ::syscall(SYS_kill, ::getppid(), 0); }
long signal_all(Argument) { return ::syscall(SYS_kill, -1, 0); }
long signal_thread(Argument) { return ::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0); }
// By the way that no kill() is needed for: SIGURG to whoever owns a descriptor.
long own_descriptor(Argument) { return ::syscall(SYS_fcntl, 0, F_SETOWN, ::getppid()); }
long trace(Argument) { return ::syscall(SYS_ptrace, PTRACE_PEEKDATA, ::getppid(), 0, 0); }
long read_memory(Argument) { return ::syscall(SYS_process_vm_readv, ::getppid(), nullptr, 0, nullptr, 0, 0); }
long be_another(Argument) { return ::syscall(SYS_setuid, ::getuid()); }
long be_dumpable(Argument) { return ::syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }
long raise_limit(Argument) {
  const rlimit none{0, 0};
  return ::syscall(SYS_prlimit64, 0, RLIMIT_CORE, &none, nullptr);
}

// --- memory and the kernel --------------------------------------------------------------------

long make_code(Argument) {
  return ::syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
long make_code_later(Argument) {
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}
long load_bpf(Argument) { return ::syscall(SYS_bpf, 0, nullptr, 0); }
long make_io_uring(Argument) { return ::syscall(SYS_io_uring_setup, 0, nullptr); }
long use_keyring(Argument) { return ::syscall(SYS_keyctl, 0, -3, 0); }
#if defined(__x86_64__)
// The two architectures that a kernel for ours has beside it, if it is built so. i386's brk() has
// the number of our recvfrom(), which is allowed.
long call_as_i386(Argument) {
  long result;
  asm volatile("int $0x80" : "=a"(result) : "a"(SYS_recvfrom), "b"(0) : "memory", "r8", "r9", "r10", "r11");
  return result;
}
long call_as_x32(Argument) { return ::syscall(0x40000000 + SYS_getpid); }
#endif

// --- the network ------------------------------------------------------------------------------

long make_socket(Argument) { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }
long make_local_socket(Argument) { return ::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }
long make_socket_pair(Argument) {
  int ends[2];
  return ::syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends);
}
long connect_to(Argument port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(base::parse_number<std::uint16_t>(port).value_or(0));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto fd = static_cast<int>(make_socket(nullptr));
  return fd < 0 ? fd : ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
}
// With the client's own socket.
long filter_packets(Argument) {
  sock_filter let_pass{BPF_RET, 0, 0, ~0u};
  const sock_fprog program{1, &let_pass};
  return ::syscall(SYS_setsockopt, 0, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}
long send_descriptor(Argument) { return ::syscall(SYS_sendmsg, 1, nullptr, 0); }

// --- the parent ---------------------------------------------------------------------------------

// KIND SIZE FILL: a message to pop3-login's parent, of one octet KIND and others FILL, on whatever
// descriptor is a socket and not the client's.
long send_message(Argument numbers) {
  static char message[65536];
  unsigned values[3] = {};
  std::string_view rest(numbers);
  for (auto& value : values) {
    value = base::parse_number<unsigned>(rest.substr(0, rest.find(' '))).value_or(0);
    rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
  }
  for (auto& octet : message) octet = static_cast<char>(values[2]);
  message[0] = static_cast<char>(values[0]);
  long sent = -1;
  for (int fd = 3; fd < 64 && sent < 0; ++fd) sent = ::send(fd, message, values[1], MSG_NOSIGNAL);
  return sent;
}

constexpr struct {
  std::string_view name;
  long (*run)(Argument);
} attempts[] = {
    {"read", read_file}, {"write", write_file}, {"truncate", truncate_file}, {"create", create_file},
    {"list", list_directory}, {"link-in", link_in}, {"link-out", link_out}, {"move-in", move_in},
    {"move-out", move_out}, {"move-out-as-we-do", move_out_as_we_do}, {"remove", remove_file},
    {"rmdir", remove_directory}, {"mkdir", make_directory}, {"symlink", make_symlink}, {"fifo", make_fifo}, {"mode", change_mode},
    {"owner", change_owner}, {"times", change_times}, {"attribute", change_attribute},
    {"directory", change_directory}, {"root", change_root}, {"mount", mount}, {"handle", open_by_handle},
    {"memory-file", make_memory_file},
    {"exec", execute}, {"fork", make_process}, {"namespace", make_namespace},
    {"signal-parent", signal_parent}, {"signal-all", signal_all}, {"signal-thread", signal_thread},
    {"own-descriptor", own_descriptor}, {"trace", trace}, {"read-memory", read_memory},
    {"uid", be_another}, {"dumpable", be_dumpable}, {"limit", raise_limit},
    {"code", make_code}, {"code-later", make_code_later}, {"bpf", load_bpf}, {"io-uring", make_io_uring},
    {"keyring", use_keyring},
#if defined(__x86_64__)
    {"i386", call_as_i386}, {"x32", call_as_x32},
#endif
    {"socket", make_socket}, {"local-socket", make_local_socket}, {"socket-pair", make_socket_pair},
    {"connect", connect_to}, {"packet-filter", filter_packets}, {"send-descriptor", send_descriptor},
    {"message", send_message},
};

void attempt(std::string_view argument) {
  base::Text<20> answer;
  const auto blank = argument.find(' ');
  base::Text<400> path;
  if (blank != argument.npos) path << argument.substr(blank + 1);
  for (const auto& each : attempts)
    if (each.name == argument.substr(0, blank)) {
      errno = 0;
      if (each.run(path.c_str()) >= 0)
        answer << "+OK\r\n";
      else
        answer << "-ERR " << errno << "\r\n";
    }
  if (answer.empty()) answer << "no such thing\r\n";
  base::try_write_all(1, answer.view());
}

}  // namespace

// The linker's names for parse_command() as it is, and for what it is replaced with (--wrap).
extern "C" {
pop3d::Command __real__ZN5pop3d13parse_commandESt17basic_string_viewIcSt11char_traitsIcEE(std::string_view line);
pop3d::Command __wrap__ZN5pop3d13parse_commandESt17basic_string_viewIcSt11char_traitsIcEE(std::string_view line) {
  const auto command = __real__ZN5pop3d13parse_commandESt17basic_string_viewIcSt11char_traitsIcEE(line);
  if (command.keyword != "HOLE") return command;
  attempt(command.argument);
  return {"NOOP", {}};
}
}
