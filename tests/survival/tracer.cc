// SPDX-License-Identifier: ISC
// tracer - run a chain of programs, and let one of them die, or hear of an error, at its n-th system call.
//
// usage   tracer [-p PLAN] [-t SECONDS] [-j SEED] [-r RECORD -d DIRECTORY] REPORT program [arg ...]
//         PLAN as in plan.h; RECORD as in recorder.h
//         -j  one call in ten is made up to 2 ms later, at random, so that others come in between
// reads   nothing; fd 0, 1 and 2 are the program's
// leaves  REPORT: lines  call ROLE N NUMBER A B RESULT  each system call: its number (asm/unistd.h),
//                                                      first arguments and result
//                        reached ROLE N NUMBER A B      where the plan was carried out
//                        died ROLE SIGNAL             by a signal that was not ours
//                        opened ROLE FD...            what a program has open when it begins
//                        exit ROLE CODE
//                        left ROLE                    was still there after SECONDS, and is killed
// exits   0 all have ended; 1 some had to be killed; 100 misused; 111 the machine failed
//
// By ptrace(2), which static programs cannot escape, and which comes before their seccomp filters:
// these see only what we make of a call. A call that is to fail becomes getpid(2), which all may make,
// and its result the error; close(2) is made, and then fails, as the kernel has it.
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>

#include "tests/survival/plan.h"
#include "tests/survival/recorder.h"
#include "tests/survival/registers.h"

namespace survival {

namespace {

constexpr int options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                        PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;

struct Tracee {
  std::string role;
  bool is_in_call = false, is_killed = false;
  __ptrace_syscall_info entry{};
  std::string call_role;  // an exec changes the role before its call ends
  unsigned long number = 0;
  bool is_planned = false;
  Recorder::Pending pending;
};

class Tracer {
 public:
  Tracer(const Plan& plan, std::FILE* report, Recorder* recorder)
      : plan_(plan), report_(report), recorder_(recorder) {}

  void delay_calls(unsigned seed) {
    is_delaying_ = true;
    chance_.seed(seed);
  }

  void start(char* const argv[]);
  bool run();  // false if some had to be killed

 private:
  void stopped(pid_t pid, int status);
  void event(pid_t pid, int event);
  void add(pid_t pid, const std::string& role);
  void call_stop(pid_t pid, Tracee& tracee);
  void entered(pid_t pid, Tracee& tracee);
  void left(pid_t pid, Tracee& tracee, long result);
  void ended(pid_t pid, int status);
  void kill(pid_t pid, Tracee& tracee);
  bool is_due(const Tracee& tracee);
  void perhaps_delay();

  const Plan plan_;
  std::FILE* report_;
  Recorder* recorder_;
  std::map<pid_t, Tracee> tracees_;
  std::set<pid_t> early_;  // have stopped before their parents' events told of them
  std::map<std::string, unsigned long> counts_;
  long failing_ = -1;  // the kind of call that goes on failing
  bool is_delaying_ = false;
  std::minstd_rand chance_;
};

void go_on(pid_t pid, int signal = 0) { ::ptrace(PTRACE_SYSCALL, pid, nullptr, signal); }

std::string program_of(pid_t pid) {
  char path[4096];
  const auto size = ::readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), path, sizeof path);
  const std::string whole(path, static_cast<std::size_t>(size < 0 ? 0 : size));
  return whole.substr(whole.rfind('/') + 1);
}

// Its descriptors, with a blank before each.
std::string descriptors_of(pid_t pid) {
  std::string text;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error))
    text += ' ' + entry.path().filename().string();
  return text;
}

// Where in the arguments the size of a reading or writing is that may come out smaller; -1: none.
// Nor recv(2): between our programs it gives messages, that come whole.
int size_argument(unsigned long long number) {
  switch (number) {
    case SYS_read:
    case SYS_write:
    case SYS_pread64:
    case SYS_pwrite64:
    case SYS_sendto: return 2;
    case SYS_getrandom: return 1;
    default: return -1;
  }
}

bool can_come_true(const Plan& plan, const __ptrace_syscall_info& info) {
  if (plan.what == Plan::What::fail) return info.entry.nr != SYS_exit_group;
  if (plan.what != Plan::What::cut_short) return true;
  const auto argument = size_argument(info.entry.nr);
  return argument >= 0 && info.entry.args[argument] > 1;
}

std::string describe(const __ptrace_syscall_info& info) {
  const auto& call = info.entry;
  return std::to_string(call.nr) + ' ' + std::to_string(call.args[0]) + ' ' + std::to_string(call.args[1]);
}

void Tracer::start(char* const argv[]) {
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    ::execvp(argv[0], argv);
    ::_exit(127);
  }
  // The client must see the end when the program's descriptors are closed.
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, 0);
  ::dup2(null, 1);
  int status;
  if (::waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) throw std::runtime_error("cannot trace");
  if (::ptrace(PTRACE_SETOPTIONS, pid, nullptr, options) != 0) throw std::runtime_error("cannot set options");
  tracees_[pid].role = "start";
  go_on(pid);
}

bool Tracer::run() {
  bool is_clean = true;
  for (;;) {
    int status;
    const pid_t pid = ::waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) {  // the time is over
      for (auto& [left, tracee] : tracees_)
        if (!tracee.is_killed) {
          std::fprintf(report_, "left %s\n", tracee.role.c_str());
          is_clean = false;
          kill(left, tracee);
        }
      continue;
    }
    if (pid < 0) return is_clean;
    if (WIFSTOPPED(status))
      stopped(pid, status);
    else
      ended(pid, status);
  }
}

void Tracer::stopped(pid_t pid, int status) {
  const int signal = WSTOPSIG(status);
  const auto found = tracees_.find(pid);
  if (found == tracees_.end()) {
    early_.insert(pid);
    return;
  }
  if (signal == (SIGTRAP | 0x80)) return call_stop(pid, found->second);
  if (const int what = status >> 16; what != 0) {
    event(pid, what);
    return go_on(pid);
  }
  // A new process begins with a stop that is the tracer's.
  go_on(pid, signal == SIGSTOP ? 0 : signal);
}

void Tracer::event(pid_t pid, int event) {
  auto& tracee = tracees_[pid];
  unsigned long child = 0;
  switch (event) {
    case PTRACE_EVENT_EXEC:
      tracee.role = program_of(pid);
      std::fprintf(report_, "opened %s%s\n", tracee.role.c_str(), descriptors_of(pid).c_str());
      break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      ::ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &child);
      add(static_cast<pid_t>(child), tracee.role + (event == PTRACE_EVENT_FORK ? ":child" : ":spawn"));
  }
}

void Tracer::add(pid_t pid, const std::string& role) {
  tracees_[pid].role = role;
  if (early_.erase(pid) != 0) go_on(pid);
}

void Tracer::call_stop(pid_t pid, Tracee& tracee) {
  __ptrace_syscall_info info{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) return;  // it was killed
  if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
    tracee.entry = info;
    entered(pid, tracee);
  } else if (tracee.is_in_call) {
    left(pid, tracee, static_cast<long>(info.exit.rval));
  }
  if (!tracee.is_killed) go_on(pid);
}

bool Tracer::is_due(const Tracee& tracee) {
  if (plan_.what == Plan::What::nothing || tracee.call_role != plan_.role) return false;
  const auto kind = static_cast<long>(tracee.entry.entry.nr);
  if (tracee.number == plan_.number && can_come_true(plan_, tracee.entry)) {
    std::fprintf(report_, "reached %s %lu %s\n", plan_.role.c_str(), plan_.number, describe(tracee.entry).c_str());
    if (plan_.goes_on) failing_ = kind;
    return true;
  }
  return kind == failing_;
}

void Tracer::perhaps_delay() {
  constexpr unsigned one_in = 10, most_us = 2000;
  if (is_delaying_ && chance_() % one_in == 0) ::usleep(static_cast<useconds_t>(chance_() % most_us));
}

void Tracer::entered(pid_t pid, Tracee& tracee) {
  if (tracee.role == "start") return;
  perhaps_delay();
  tracee.is_in_call = true;
  tracee.call_role = tracee.role;
  tracee.number = ++counts_[tracee.role];
  if (recorder_) tracee.pending = recorder_->entered(pid, tracee.entry);
  tracee.is_planned = is_due(tracee);
  if (!tracee.is_planned) return;
  const auto kind = static_cast<long>(tracee.entry.entry.nr);
  switch (plan_.what) {
    case Plan::What::kill_before:
      change_call(pid, SYS_getpid);
      kill(pid, tracee);
      break;
    case Plan::What::fail:
      if (kind != SYS_close) change_call(pid, SYS_getpid);
      break;
    case Plan::What::cut_short: {
      const int argument = size_argument(tracee.entry.entry.nr);
      change_size(pid, argument, (tracee.entry.entry.args[argument] + 1) / 2);
      break;
    }
    case Plan::What::kill_after:
    case Plan::What::nothing: break;
  }
}

void Tracer::left(pid_t pid, Tracee& tracee, long result) {
  tracee.is_in_call = false;
  if (tracee.is_planned && plan_.what == Plan::What::fail) change_result(pid, result = -plan_.error);
  std::fprintf(report_, "call %s %lu %s %ld\n", tracee.call_role.c_str(), tracee.number,
               describe(tracee.entry).c_str(), result);
  if (recorder_) recorder_->left(pid, tracee.entry, tracee.pending, result);
  if (tracee.is_planned && plan_.what == Plan::What::kill_after) kill(pid, tracee);
}

void Tracer::kill(pid_t pid, Tracee& tracee) {
  tracee.is_killed = true;
  ::kill(pid, SIGKILL);
}

void Tracer::ended(pid_t pid, int status) {
  const auto found = tracees_.find(pid);
  if (found == tracees_.end()) return;
  auto& tracee = found->second;
  if (tracee.is_in_call)  // exit_group, or what a signal has ended
    std::fprintf(report_, "call %s %lu %s 0\n", tracee.call_role.c_str(), tracee.number,
                 describe(tracee.entry).c_str());
  if (WIFEXITED(status)) {
    std::fprintf(report_, "exit %s %d\n", tracee.role.c_str(), WEXITSTATUS(status));
    if (recorder_) recorder_->ended(tracee.role, WEXITSTATUS(status));
  } else if (!tracee.is_killed) {
    std::fprintf(report_, "died %s %d\n", tracee.role.c_str(), WTERMSIG(status));
  }
  tracees_.erase(found);
}

}  // namespace

}  // namespace survival

int main(int argc, char** argv) try {
  survival::Plan plan;
  const char *record = nullptr, *directory = nullptr;
  unsigned seconds = 20;
  std::optional<unsigned> delays;
  for (int letter; (letter = ::getopt(argc, argv, "+p:t:j:r:d:")) != -1;) switch (letter) {
      case 'p':
        if (const auto parsed = survival::Plan::parse(::optarg)) {
          plan = *parsed;
          break;
        }
        return 100;
      case 't': seconds = static_cast<unsigned>(std::stoul(::optarg)); break;
      case 'j': delays = static_cast<unsigned>(std::stoul(::optarg)); break;
      case 'r': record = ::optarg; break;
      case 'd': directory = ::optarg; break;
      default: return 100;
    }
  if (!survival::is_known_machine || argc - ::optind < 2 || !record != !directory) {
    std::fputs("usage: tracer [-p plan] [-t seconds] [-j seed] [-r record -d directory] report program [arg ...]\n",
               stderr);
    return 100;
  }
  std::FILE* const report = std::fopen(argv[::optind], "we");
  if (!report) throw std::runtime_error("cannot write the report");
  std::unique_ptr<survival::Recorder> recorder;
  if (record) recorder = std::make_unique<survival::Recorder>(record, directory);
  struct sigaction alarm {};
  alarm.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &alarm, nullptr);
  survival::Tracer tracer(plan, report, recorder.get());
  if (delays) tracer.delay_calls(*delays);
  tracer.start(argv + ::optind + 1);
  // Again each second: one that comes while we do not wait is not heard.
  const itimerval time_limit{{1, 0}, {static_cast<time_t>(seconds), 0}};
  ::setitimer(ITIMER_REAL, &time_limit, nullptr);
  const bool is_clean = tracer.run();
  std::fclose(report);
  return is_clean ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "tracer: %s\n", e.what());
  return 111;
}
