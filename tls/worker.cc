// SPDX-License-Identifier: ISC
#include "tls/worker.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/privilege.h"
#include "tls/channel.h"
#include "tls/crowd.h"
#include "tls/quota_log.h"
#include "tls/rehearsal.h"

namespace tls {

namespace {

constexpr int max_events = 256;
constexpr int max_accepts = 4;  // before other workers may take some
// Connections that have asked for nothing yet: their users are root, and ask at once.
constexpr std::size_t max_asking = 512;
constexpr std::int64_t accept_pause_ms = 100;

// epoll's data that are no connection.
constexpr std::uint64_t listener_data = 0, channel_data = 1;

class Worker : private Host {
 public:
  Worker(WorkerTask& task, base::UniqueFd queue);
  void rehearse() const { tls::rehearse(*context); }
  void run();

 private:
  const char* why_not() override;
  void watch(int fd, std::uint32_t events, std::uint64_t data);
  void listen();
  void pause_listening();
  void accept_some();
  void let_others_listen();
  bool is_welcome(int user) const;
  void hear_master();
  void take_message(const Message& message);
  void stop();
  int wait_ms() const;
  void note(const epoll_event& event);

  WorkerTask& task_;
  base::UniqueFd queue_;  // epoll's
  MessageReader reader_;
  TicketKeys ticket_keys_;
  Crowd crowd_{*this};
  std::int64_t listen_again_ms_ = 0;  // 0: we listen
  bool is_stopping_ = false;
  QuotaLog log_;
};

Worker::Worker(WorkerTask& task, base::UniqueFd queue)
    : Host(task.settings, queue.get(), task.tally.of(task.number)), task_(task), queue_(std::move(queue)) {
  bool has_keys = false;
  while (!context || !has_keys) {
    Message message{};
    if (reader_.next(task.channel.get(), true, message) != Received::message)
      throw base::Failure("worker", "the master said nothing");
    has_keys |= message.kind == Kind::ticket_keys;
    take_message(message);
  }
}

void Worker::take_message(const Message& message) {
  if (message.kind == Kind::ticket_keys) {
    if (auto keys = TicketKeys::decode(view(message.payload))) ticket_keys_ = std::move(*keys);
    return;
  }
  auto bundle = decode_bundle(view(message.payload));
  if (!bundle) throw base::Failure("worker", "malformed certificates from the master");
  context = std::make_shared<const Context>(settings, *bundle, &ticket_keys_);
}

void Worker::watch(int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) base::fail("epoll_ctl");
}

// Exclusive: one connection wakes one worker.
void Worker::listen() {
  watch(task_.listener.get(), EPOLLIN | EPOLLEXCLUSIVE, listener_data);
  listen_again_ms_ = 0;
}

void Worker::pause_listening() {
  ::epoll_ctl(epoll, EPOLL_CTL_DEL, task_.listener.get(), nullptr);
  listen_again_ms_ = now_ms + accept_pause_ms;
}

void Worker::run() {
  watch(task_.channel.get(), EPOLLIN | EPOLLRDHUP, channel_data);
  listen();
  std::vector<epoll_event> events(max_events);
  while (!is_stopping_ || crowd_.size() != 0) {
    const int count = ::epoll_wait(epoll, events.data(), max_events, wait_ms());
    if (count < 0 && errno != EINTR) base::fail("epoll_wait");
    now_ms = base::now_ms();
    // All events first: none may speak of a connection that is gone.
    for (int i = 0; i < count; ++i) note(events[static_cast<std::size_t>(i)]);
    crowd_.give_turns();
    const bool is_pause_over = listen_again_ms_ != 0 && now_ms >= listen_again_ms_;
    if (is_pause_over && crowd_.asking() < max_asking && !is_stopping_) listen();
  }
}

int Worker::wait_ms() const {
  if (crowd_.is_ready()) return 0;
  auto until = crowd_.next_ms();
  if (listen_again_ms_ != 0 && !is_stopping_ && (until < 0 || listen_again_ms_ < until)) until = listen_again_ms_;
  if (until < 0) return -1;
  return static_cast<int>(std::clamp<std::int64_t>(until - base::now_ms(), 0, 60000));
}

void Worker::note(const epoll_event& event) {
  if (event.data.u64 == listener_data) return accept_some();
  if (event.data.u64 == channel_data) return hear_master();
  crowd_.note(Connection::to_tag(event.data.u64), event.events);
}

// --- who comes ----------------------------------------------------------------------------

void Worker::accept_some() {
  const auto before = crowd_.size();
  for (int i = 0; i < max_accepts; ++i) {
    if (crowd_.asking() >= max_asking && !is_stopping_) return pause_listening();
    base::UniqueFd user(::accept4(task_.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!user) {
      // Out of descriptors or memory: those that are open will end.
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return pause_listening();
      break;
    }
    if (is_welcome(user.get())) crowd_.add(std::move(user));
  }
  if (crowd_.size() != before && !is_stopping_) let_others_listen();
}

// The kernel wakes the idle worker that has listened longest: without this, always the same one,
// and all clients of a quiet hour would share a core when they have much to do.
void Worker::let_others_listen() {
  ::epoll_ctl(epoll, EPOLL_CTL_DEL, task_.listener.get(), nullptr);
  listen();
}

// The socket's mode says the same; but a mode is changed in passing.
bool Worker::is_welcome(int user) const {
  ucred peer;
  socklen_t size = sizeof peer;
  return ::getsockopt(user, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == 0 || peer.uid == task_.master);
}

const char* Worker::why_not() {
  if (task_.tally.connections() >= settings.connections) {
    log_.refused("connections", now_ms);
    return "too many connections";
  }
  if (task_.tally.pending() < settings.pending + crowd_.doomed()) return nullptr;
  log_.refused("handshakes", now_ms);
  return crowd_.end_oldest_handshake() ? nullptr : "too many handshakes";
}

// --- the master ---------------------------------------------------------------------------

void Worker::hear_master() {
  for (;;) {
    Message message{};
    switch (reader_.next(task_.channel.get(), false, message)) {
      case Received::nothing_yet: return;
      case Received::ended: return stop();
      case Received::message: break;
    }
    try {
      take_message(message);
    } catch (const std::exception& e) {  // what we have still serves
      base::LogLine("warning: tlsd", "reload-failed").field("error", e.what()).write();
    }
  }
}

// Those who stand in the queue came before the end, and are served.
void Worker::stop() {
  is_stopping_ = true;
  ::epoll_ctl(epoll, EPOLL_CTL_DEL, task_.channel.get(), nullptr);
  task_.channel.reset();
  std::size_t before;
  do {
    before = crowd_.size();
    accept_some();
  } while (crowd_.size() != before);
  ::epoll_ctl(epoll, EPOLL_CTL_DEL, task_.listener.get(), nullptr);
  task_.listener.reset();
}

void give_up_privilege(const Settings& settings) {
  // gmtime_r, which the check of a client's certificate calls, reads the time zone's file once.
  ::tzset();
  if (settings.uid != 0) {
    base::enter_empty_root(settings.root.c_str());
    base::drop_privilege(settings.uid, settings.gid, {});
  }
  base::forbid_growth();
  base::hide_memory();
  // A worker outlives its master, until its last connection has ended.
  ::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

}  // namespace

void work(WorkerTask task) {
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGALRM, SIG_IGN);
  give_up_privilege(task.settings);
  base::UniqueFd queue(::epoll_create1(EPOLL_CLOEXEC));
  if (!queue) base::fail("epoll_create1");
  Worker worker(task, std::move(queue));
  worker.rehearse();
  base::confine_tls_worker(task.settings.sandbox);
  worker.run();
}

}  // namespace tls
