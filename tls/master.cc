// SPDX-License-Identifier: ISC
#include "tls/master.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "tls/channel.h"
#include "tls/listener.h"
#include "tls/load.h"
#include "tls/sources.h"
#include "tls/ticket_keys.h"
#include "tls/worker.h"

namespace tls {

namespace {

constexpr std::int64_t look_ms = 1000;  // between two looks at the files
constexpr std::int64_t rotate_ms = std::int64_t{ticket_key_hours} * 3600 * 1000;
// A worker that dies young is not started again at once.
constexpr std::int64_t shortest_pause_ms = 100, longest_pause_ms = 30000, long_life_ms = 60000;

class Master {
 public:
  explicit Master(const Settings& settings);
  void run();

 private:
  struct Held {
    pid_t pid = -1;
    base::UniqueFd channel;
    std::int64_t started_ms = 0, start_again_ms = 0, pause_ms = shortest_pause_ms;
  };

  void start(unsigned number);
  void start_missing();
  [[noreturn]] void become_worker(unsigned number, base::UniqueFd channel) noexcept;
  void tell(Held& worker, Kind kind, const SecretBytes& payload);
  void tell_all(Kind kind, const SecretBytes& payload);
  bool handle_signals();
  void bury_workers();
  void look();
  void load();
  void reload();
  void rotate();
  std::int64_t next_ms() const;

  const Settings& settings_;
  base::UniqueFd listener_, signals_;
  sigset_t before_;
  Tally tally_;
  Bundle bundle_;
  TicketKeys ticket_keys_;
  SecretBytes bundle_message_;
  std::vector<Held> workers_;
  std::string loaded_look_, last_look_;
  std::int64_t look_at_ms_, rotate_at_ms_;
};

// Two descriptors a connection, in one worker if all come to it.
void raise_limits(const Settings& settings) {
  rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = 2 * rlim_t{settings.connections} + 1200;
  if (limit.rlim_cur >= wanted) return;
  const rlimit raised{wanted, std::max(wanted, limit.rlim_max)};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  base::LogLine("warning: tlsd", "few-descriptors").field("wanted", wanted).field("limit", limit.rlim_max).write();
}

Master::Master(const Settings& settings)
    : settings_(settings), tally_(settings.workers), ticket_keys_(TicketKeys::make()), workers_(settings.workers) {
  // Or each worker would die of it.
  if (settings.uid != 0 && ::access(settings.root.c_str(), X_OK) != 0) base::fail("enter", settings.root);
  raise_limits(settings);
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGCHLD, SIGHUP, SIGALRM, SIGTERM, SIGINT}) sigaddset(&ours, signal);
  ::sigprocmask(SIG_BLOCK, &ours, &before_);
  signals_ = base::UniqueFd(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) base::fail("signalfd");
  listener_ = make_listener(settings.socket);
  load();
  look_at_ms_ = base::now_ms() + look_ms;
  rotate_at_ms_ = base::now_ms() + rotate_ms;
}

void Master::run() {
  start_missing();
  publish_listener(settings_.socket);
  base::LogLine("tlsd", "started").field("socket", settings_.socket).field("workers", settings_.workers)
      .field("certificates", bundle_.certificates.size()).write();
  for (;;) {
    pollfd input{signals_.get(), POLLIN, 0};
    const auto left = std::clamp<std::int64_t>(next_ms() - base::now_ms(), 0, 60000);
    if (::poll(&input, 1, static_cast<int>(left)) < 0 && errno != EINTR) base::fail("poll");
    if (!handle_signals()) break;
    if (base::now_ms() >= look_at_ms_) look();
    if (base::now_ms() >= rotate_at_ms_) rotate();
    start_missing();
  }
  // The workers see their channels' end, take what is in the queue, and go on without us.
  base::LogLine("tlsd", "stopped").field("connections", tally_.connections()).write();
}

std::int64_t Master::next_ms() const {
  auto next = std::min(look_at_ms_, rotate_at_ms_);
  for (const auto& worker : workers_)
    if (worker.pid < 0) next = std::min(next, worker.start_again_ms);
  return next;
}

// --- signals ------------------------------------------------------------------------------

// False if tlsd is to end.
bool Master::handle_signals() {
  signalfd_siginfo info;
  while (::read(signals_.get(), &info, sizeof info) == static_cast<long>(sizeof info)) {
    switch (info.ssi_signo) {
      case SIGCHLD: bury_workers(); break;
      case SIGHUP: reload(); break;
      case SIGALRM: rotate(); break;
      default: return false;
    }
  }
  if (errno != EAGAIN && errno != EINTR) base::fail("read signals");  // or we would be deaf to them
  return true;
}

void Master::bury_workers() {
  int status;
  for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto dead = std::find_if(workers_.begin(), workers_.end(), [=](const auto& one) { return one.pid == pid; });
    if (dead == workers_.end()) continue;
    base::LogLine line("alert: tlsd", "worker-died");
    if (WIFSIGNALED(status))
      line.field("signal", WTERMSIG(status)).write();
    else
      line.field("status", WEXITSTATUS(status)).write();
    const auto now = base::now_ms();
    dead->pause_ms = now - dead->started_ms >= long_life_ms ? shortest_pause_ms
                                                            : std::min(2 * dead->pause_ms, longest_pause_ms);
    dead->start_again_ms = now + dead->pause_ms;
    dead->pid = -1;
    dead->channel.reset();
    tally_.forget(static_cast<unsigned>(dead - workers_.begin()));
  }
}

// --- workers ------------------------------------------------------------------------------

void Master::start_missing() {
  for (unsigned i = 0; i < workers_.size(); ++i) {
    if (workers_[i].pid >= 0 || workers_[i].start_again_ms > base::now_ms()) continue;
    try {
      start(i);
    } catch (const base::Failure& failure) {  // the others serve meanwhile
      base::LogLine("alert: tlsd", "failed").field("error", failure.what()).write();
      workers_[i].start_again_ms = base::now_ms() + 1000;
    }
  }
}

void Master::start(unsigned number) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) base::fail("socketpair");
  base::UniqueFd ours(ends[0]), workers(ends[1]);
  // A worker that does not listen must not stop the others' news.
  const timeval patience{5, 0};
  ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const pid_t pid = ::fork();
  if (pid < 0) base::fail("fork");
  if (pid == 0) {
    ours.reset();
    become_worker(number, std::move(workers));
  }
  Held& worker = workers_[number];
  worker.pid = pid;
  worker.channel = std::move(ours);
  worker.started_ms = base::now_ms();
  tell(worker, Kind::ticket_keys, ticket_keys_.encode());
  tell(worker, Kind::bundle, bundle_message_);
}

// Nothing of it may return or throw into what the master was doing.
void Master::become_worker(unsigned number, base::UniqueFd channel) noexcept {
  try {
    signals_.reset();
    for (auto& other : workers_) other.channel.reset();
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    work({settings_, std::move(listener_), std::move(channel), tally_, number, ::geteuid()});
    ::_exit(0);
  } catch (const std::exception& e) {
    ::_exit(base::complain("alert: tlsd", e.what(), base::exit_temporary));
  }
}

void Master::tell(Held& worker, Kind kind, const SecretBytes& payload) {
  if (worker.pid < 0 || send_message(worker.channel.get(), kind, view(payload))) return;
  ::kill(worker.pid, SIGKILL);  // and SIGCHLD starts another one
}

void Master::tell_all(Kind kind, const SecretBytes& payload) {
  for (auto& worker : workers_) tell(worker, kind, payload);
}

// --- what they serve with -----------------------------------------------------------------

void Master::load() {
  // Looked at before: what changes meanwhile is seen as a change the next time.
  loaded_look_ = last_look_ = look_at(settings_.sources, settings_.authorities);
  bundle_ = load_bundle(settings_, bundle_);
  bundle_message_ = encode(bundle_);
}

void Master::reload() try {
  load();
  tell_all(Kind::bundle, bundle_message_);
  base::LogLine("tlsd", "reloaded").field("certificates", bundle_.certificates.size()).write();
} catch (const std::exception& e) {
  base::LogLine("warning: tlsd", "reload-failed").field("error", e.what()).write();
}

// A change is believed when it looks the same twice: certificate and key are two files.
void Master::look() {
  look_at_ms_ = base::now_ms() + look_ms;
  auto seen = look_at(settings_.sources, settings_.authorities);
  const bool is_settled = seen == last_look_;
  last_look_ = std::move(seen);
  if (is_settled && last_look_ != loaded_look_) reload();
}

void Master::rotate() {
  rotate_at_ms_ = base::now_ms() + rotate_ms;
  ticket_keys_.rotate();
  tell_all(Kind::ticket_keys, ticket_keys_.encode());
}

}  // namespace

void rule(const Settings& settings) { Master(settings).run(); }

}  // namespace tls
