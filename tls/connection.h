// SPDX-License-Identifier: ISC
// One connection to tlsd, from accept to close.
//
//   asking ──request──▶ handshake ──done──▶ relay ──user gone, all sent──▶ lingering ──▶ closed
//      └─refused, wrong──▶ closed ◀──failed──┘ └──over──▶ closed
//
// Nothing here waits: a turn does what can be done now.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/fd.h"
#include "tls/context.h"
#include "tls/relay.h"
#include "tls/request.h"
#include "tls/tally.h"
#include "tls/wire.h"

namespace tls {

// What the connections of a worker have in common.
struct Host {
  Host(const Settings& settings_of_all, int epoll_of_all, Tally::Counts& our_counts)
      : settings(settings_of_all), epoll(epoll_of_all), counts(our_counts) {}
  virtual ~Host() = default;

  const Settings& settings;
  const int epoll;
  Tally::Counts& counts;
  std::shared_ptr<const Context> context;  // for new handshakes
  std::int64_t now_ms = 0;
  Gathered gathered;
  char buffer[portion];

  // Null if one more connection may begin its handshake, or else why not.
  virtual const char* why_not() = 0;
};

class Connection {
 public:
  Connection(Host& host, base::UniqueFd user);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  enum class After { waiting, again, closed };

  // epoll's events, of the user's end and of the client's socket; then its turn.
  void note_user(std::uint32_t events);
  void note_client(std::uint32_t events);
  After turn();

  // When time_out() is due; 0: never, as things are.
  std::int64_t deadline_ms() const { return deadline_ms_; }
  After time_out();
  // Ends a handshake for WHY.
  After give_up(const char* why);

  bool is_asking() const { return stage_ == Stage::asking; }
  bool is_pending() const { return stage_ == Stage::handshake; }
  std::int64_t started_ms() const { return started_ms_; }

  // epoll's data: which connection, and which of its two descriptors.
  struct Tag {
    Connection* connection;
    bool is_client;
  };
  static Tag to_tag(std::uint64_t data);

 private:
  enum class Stage { asking, handshake, relay, lingering };

  After ask();
  After begin();
  After shake_hands();
  After secure();
  After relay();
  After linger();
  bool watch(int fd, bool is_client);
  bool send_report(const base::TlsReport& report);

  Host& host_;
  Stage stage_ = Stage::asking;
  const std::int64_t started_ms_;
  std::int64_t deadline_ms_;
  std::uint32_t progress_ = 0;
  base::UniqueFd user_;
  Question question_;
  std::shared_ptr<const Context> context_;  // outlives ssl_
  std::optional<Wire> wire_;
  SslPtr ssl_;
  std::optional<Relay> relay_;
  bool is_counted_ = false;  // among the connections
  bool has_heard_ = false;   // something of the client
  bool is_user_gone_ = false;
};

}  // namespace tls
