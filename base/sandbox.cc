// SPDX-License-Identifier: ISC
#include "base/sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/env.h"
#include "base/failure.h"
#include "base/landlock.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/seccomp.h"

// The calls that newer architectures have in a newer form only.
#if !defined(SYS_open)
enum : long {
  SYS_access = -1,
  SYS_dup2 = -1,
  SYS_epoll_wait = -1,
  SYS_link = -1,
  SYS_lstat = -1,
  SYS_mkdir = -1,
  SYS_open = -1,
  SYS_poll = -1,
  SYS_rename = -1,
  SYS_stat = -1,
  SYS_unlink = -1,
};
#endif

namespace base {

namespace {

// A C library calls the old form, where there is one. What is not allowed is no step of the filter.
consteval long either(long old_form, long new_form) { return old_form >= 0 ? old_form : new_form; }

// What every program needs to run at all. Memory is never made executable: what a client sends
// stays data.
constexpr Allowed everyone[] = {
    {SYS_brk},                          // memory
    {SYS_clock_gettime},                // deadlines, where the vDSO does not tell the time
    {SYS_close},                        // what has been used
    {SYS_exit_group},                   // the end
    {SYS_getpeername},                  // the client's address, for the log
    {SYS_getpid},                       // names of temporary files; OpenSSL: have we forked?
    {SYS_getrandom},                    // names, challenges, keys
    {SYS_madvise},                      // memory
    {SYS_mmap, without(2, PROT_EXEC)},  // memory; the index
    {SYS_mprotect, without(2, PROT_EXEC)},  // memory
    {SYS_mremap},                       // memory
    {SYS_munmap},                       // memory
    {either(SYS_poll, SYS_ppoll)},      // to wait, with a timeout
    {SYS_read},                         // input
    {SYS_recvfrom},                     // input
    {SYS_restart_syscall},              // what a SIGSTOP and a SIGCONT have interrupted
    {SYS_sendto},                       // output
    {SYS_setsockopt, equals(1, IPPROTO_TCP), equals(2, TCP_NODELAY)},  // output that must not wait
    {SYS_shutdown},                     // the end of a connection
    {SYS_write},                        // output; the log
};

constexpr Allowed login_child[] = {
    {either(SYS_dup2, SYS_dup3)},  // STLS: the plaintext's descriptors become 0 and 1
    {SYS_recvmsg},                 // STLS: they come from the parent
};

constexpr Allowed tls_worker[] = {
    {SYS_accept4},                                   // one who has a client to hand over
    {SYS_epoll_ctl},                                 // to wait for many
    {either(SYS_epoll_wait, SYS_epoll_pwait)},       // to wait for many
    {SYS_futex},                                     // OpenSSL's locks
    {SYS_getsockopt, equals(1, SOL_SOCKET), equals(2, SO_ACCEPTCONN)},       // what was handed over
    {SYS_getsockopt, equals(1, SOL_SOCKET), equals(2, SO_PEERCRED)},         // who hands over
    {SYS_getsockopt, equals(1, SOL_SOCKET), equals(2, SO_TYPE)},             // what was handed over
    {SYS_recvmsg},                                   // the client's socket
    {SYS_setsockopt, equals(1, IPPROTO_TCP), equals(2, TCP_NOTSENT_LOWAT)},  // the kernel's memory
    {SYS_sysinfo},                                   // glibc's qsort() of much, in OpenSSL
};

// Which files is what landlock says. Nothing here changes modes, owners, times or extended
// attributes, which it does not control, and nothing makes a symbolic link or a device.
constexpr Allowed mailbox[] = {
    {either(SYS_access, SYS_faccessat)},  // maildirfolder, uidl.map: are they there?
    {SYS_clock_nanosleep},                // a tick of the clock, before the index is written
    {SYS_fcntl, equals(1, F_SETFD)},      // musl's open(): closed on exec
    {SYS_flock},                          // one session at a time
    {SYS_fstat},                          // sizes
    {SYS_fsync},                          // uidl.map, POP3_SYNC
    {SYS_getdents64},                     // new/, cur/, tmp/
    {SYS_geteuid},                        // is the index ours?
    {SYS_inotify_add_watch},              // do others change new/ or cur/ while we do?
    {SYS_inotify_init1},                  // the same
    {either(SYS_link, SYS_linkat)},       // moves a message, where rename() would replace one
    {SYS_lseek},                          // the index, while it is written; holes in messages
    {either(SYS_lstat, SYS_newfstatat)},  // is the new name free?
    {either(SYS_mkdir, SYS_mkdirat)},     // .Trash; a tmp/ that is missing
    {SYS_nanosleep},                      // as clock_nanosleep
    {SYS_newfstatat},                     // how old is what is in tmp/?
    {either(SYS_open, SYS_openat)},       // opendir()
    {SYS_openat},                         // everything else
    {SYS_pread64},                        // messages
    {either(SYS_rename, SYS_renameat)},   // the index; a message where renameat2 is not to be had
    {SYS_renameat2},                      // moves a message, if the new name is free
    {either(SYS_stat, SYS_newfstatat)},   // new/, cur/, uidl.map: have they changed?
    {SYS_statfs},                         // is the file system local?
    {either(SYS_unlink, SYS_unlinkat)},   // messages
    {SYS_unlinkat},                       // what is old in tmp/
};

// In addition, only if there is a runner beside pop3d.
constexpr Allowed with_runner[] = {
    {SYS_sendmsg},  // a message that is to be mangled or sent
};

constexpr Filter login_child_filter = make_filter(everyone, login_child);
constexpr Filter tls_worker_filter = make_filter(everyone, tls_worker);
constexpr Filter mailbox_filter = make_filter(everyone, mailbox);
constexpr Filter runner_filter = make_filter(everyone, mailbox, with_runner);

void limit(int resource, rlim_t value) noexcept {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

// What a program has no use for, whatever the kernel's age. No RLIMIT_FSIZE: the log may be a file.
void forbid_the_rest() noexcept {
  hide_memory();
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_NPROC, 0);
}

void miss(std::string_view program, Sandbox sandbox, std::string_view feature) {
  if (sandbox == Sandbox::required) throw Failure("POP3_SANDBOX=require", feature);
  LogLine(program, "sandbox").field("warning", feature).write();
}

// True if there is a filter to install.
bool find_seccomp(std::string_view program, Sandbox sandbox) {
  const bool is_there = has_seccomp();
  if (!is_there) miss(program, sandbox, "this kernel has no seccomp");
  return is_there;
}

// The sanitizers' own calls, such as those with which they look for leaks, are no program's.
Sandbox unless_sanitized(Sandbox sandbox) {
#if defined(__SANITIZE_ADDRESS__)
  return Sandbox::off;
#endif
  return sandbox;
}

}  // namespace

Sandbox read_sandbox() {
  const auto value = get_env("POP3_SANDBOX");
  if (value.empty() || value == "on") return Sandbox::wanted;
  if (value == "off") return Sandbox::off;
  if (value == "require") return Sandbox::required;
  throw Failure("POP3_SANDBOX", "not on, off or require");
}

// Says what is missing before forbid_growth(), after which a log that is a file cannot grow.
void confine_login_child(std::string_view program, Sandbox sandbox) {
  sandbox = unless_sanitized(sandbox);
  const bool is_filtered = sandbox != Sandbox::off && find_seccomp(program, sandbox);
  forbid_growth();
  if (is_filtered) install_filter(login_child_filter);
}

void confine_tls_worker(Sandbox sandbox) {
  sandbox = unless_sanitized(sandbox);
  forbid_the_rest();
  if (sandbox != Sandbox::off && find_seccomp("tlsd", sandbox)) install_filter(tls_worker_filter);
}

void confine_to_mailbox(Sandbox sandbox, std::span<const Place> places, bool has_runner) {
  sandbox = unless_sanitized(sandbox);
  forbid_the_rest();
  // What pop3d needs are a lock, an index, a watch, a directory and a message.
  constexpr rlim_t enough_descriptors = 64;
  limit(RLIMIT_NOFILE, enough_descriptors);
  if (sandbox == Sandbox::off) return;
  Landlock landlock;
  if (landlock.is_there()) {
    for (const auto& place : places) landlock.allow(place);
    landlock.restrict_self();
  } else {
    miss("pop3d", sandbox, "this kernel has no landlock that lets files be renamed");
  }
  if (find_seccomp("pop3d", sandbox)) install_filter(has_runner ? runner_filter : mailbox_filter);
}

}  // namespace base
