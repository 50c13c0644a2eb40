// SPDX-License-Identifier: ISC
#include "tls/crowd.h"

#include <exception>

#include "base/log.h"

namespace tls {

namespace {

constexpr std::int64_t young_ms = 1000;

}  // namespace

void Crowd::add(base::UniqueFd user) {
  auto& held = held_.emplace_front(host_, std::move(user));
  held.self = held_.begin();
  ++asking_;
  make_ready(held);
}

void Crowd::note(Connection::Tag tag, std::uint32_t events) {
  if (tag.is_client)
    tag.connection->note_client(events);
  else
    tag.connection->note_user(events);
  make_ready(static_cast<Held&>(*tag.connection));
}

void Crowd::make_ready(Held& held) {
  if (!held.is_ready) ready_.push_back(&held);
  held.is_ready = true;
}

void Crowd::give_turns() {
  // Who becomes ready by its turn has the next one after all others.
  std::vector<Held*> turns;
  turns.swap(ready_);
  for (Held* held : turns) give_turn(*held);
  end_doomed();
  time_out();
}

void Crowd::give_turn(Held& held) {
  held.is_ready = false;
  const bool was_asking = held.is_asking();
  auto after = Connection::After::closed;
  try {
    after = held.turn();
  } catch (const std::exception& e) {  // this one's end, nobody else's
    host_.gathered.size = 0;
    base::LogLine("warning: tlsd", "failed").field("error", e.what()).write();
  }
  if (was_asking && (!held.is_asking() || after == Connection::After::closed)) --asking_;
  settle(held, after);
}

void Crowd::time_out() {
  while (!timers_.empty() && timers_.begin()->first <= host_.now_ms) {
    Held& held = *timers_.begin()->second;
    if (held.is_asking()) --asking_;
    settle(held, held.time_out());
  }
}

bool Crowd::end_oldest_handshake() {
  for (const auto& [when, held] : timers_) {
    if (!held->is_pending() || held->is_doomed || held->started_ms() + young_ms > host_.now_ms) continue;
    held->is_doomed = true;
    doomed_.push_back(held);
    return true;
  }
  return false;
}

void Crowd::end_doomed() {
  while (!doomed_.empty()) {
    Held& held = *doomed_.back();
    doomed_.pop_back();
    held.is_doomed = false;
    if (held.is_pending()) settle(held, held.give_up("too many handshakes"));
  }
}

// Puts down what a turn has changed.
void Crowd::settle(Held& held, Connection::After after) {
  const bool is_over = after == Connection::After::closed;
  const auto due = is_over ? 0 : held.deadline_ms();
  if (due != held.timer_ms) {
    if (held.timer_ms != 0) timers_.erase({held.timer_ms, &held});
    if (due != 0) timers_.emplace(due, &held);
    held.timer_ms = due;
  }
  if (after == Connection::After::again) make_ready(held);
  if (!is_over) return;
  if (held.is_ready) std::erase(ready_, &held);
  if (held.is_doomed) std::erase(doomed_, &held);
  held_.erase(held.self);
}

}  // namespace tls
