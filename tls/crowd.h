// SPDX-License-Identifier: ISC
// The connections of a worker, and whose turn it is.
#pragma once

#include <cstdint>
#include <list>
#include <set>
#include <vector>

#include "tls/connection.h"

namespace tls {

class Crowd {
 public:
  explicit Crowd(Host& host) : host_(host) {}

  void add(base::UniqueFd user);
  // What epoll says of a connection: it will have a turn.
  void note(Connection::Tag tag, std::uint32_t events);
  // A turn for each that is ready, and the end of those whose time is over.
  void give_turns();

  // Ends the oldest handshake in the next turns, if one is older than a second: an honest client
  // needs two round trips, and the oldest is the likeliest to be nobody's. False if there is none.
  bool end_oldest_handshake();
  // Handshakes that will be ended so.
  std::size_t doomed() const { return doomed_.size(); }

  std::size_t size() const { return held_.size(); }
  // Those that have not handed a client over yet.
  std::size_t asking() const { return asking_; }

  // Something is to be done at once; or else when, or -1 for never, if no event comes before.
  bool is_ready() const { return !ready_.empty(); }
  std::int64_t next_ms() const { return timers_.empty() ? -1 : timers_.begin()->first; }

 private:
  struct Held : Connection {
    using Connection::Connection;
    std::list<Held>::iterator self;
    std::int64_t timer_ms = 0;  // under which it stands in timers_; 0: it does not
    bool is_ready = false, is_doomed = false;
  };

  void make_ready(Held& held);
  void give_turn(Held& held);
  void time_out();
  void end_doomed();
  void settle(Held& held, Connection::After after);

  Host& host_;
  std::list<Held> held_;
  std::set<std::pair<std::int64_t, Held*>> timers_;
  std::vector<Held*> ready_, doomed_;
  std::size_t asking_ = 0;
};

}  // namespace tls
