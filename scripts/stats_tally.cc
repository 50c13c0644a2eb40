// SPDX-License-Identifier: ISC
#include "scripts/stats_tally.h"

#include <algorithm>

#include "base/text.h"

namespace stats {

namespace {

constexpr std::size_t most_times = 64;

}  // namespace

void Tally::add(std::string_view line) {
  ++lines;
  Event event;
  switch (parse_line(line, event)) {
    case Line::other:
      ++other;
      count_listener(line);
      return;
    case Line::malformed: ++malformed; return;
    case Line::event: break;
  }
  ++events;
  moment_ = stamps_.read(event.stamp);
  if (moment_) {
    first = std::min(first.value_or(*moment_), *moment_);
    last = std::max(last.value_or(*moment_), *moment_);
  }
  count(event);
  count_times(event);
}

void Tally::count(const Event& event) {
  const bool is_login = event.program == "pop3-login";
  if (event.name == "logout" && event.program == "pop3d") return count_logout(event);
  if (is_login && event.name == "login") return count_login(event);
  if (is_login && event.name == "refused") return count_refused(event);
  if (is_login && event.name == "end") return ended.add(event["reason"]);
  others.add(std::string(event.program) + ' ' + std::string(event.name));
}

void Tally::count_login(const Event& event) {
  logins.add(std::string(event["auth"]) + '\0' + std::string(event["tls"]));
  ++users[event["user"]].logins;
  ++addresses[event["ip"]].logins;
  if (!moment_) return;
  ++interval()->logins;
  const auto session = event["session"];
  if (session.empty()) return;
  // Those that never end: their back end was another, or was killed.
  if (open_.size() >= most_open) open_.clear();
  open_.insert_or_assign(std::string(session), *moment_);
}

void Tally::count_logout(const Event& event) {
  const auto sent = event.number("octets"), read = event.number("retr");
  sessions.add(event["reason"]);
  octets += sent;
  retrieved += read;
  topped += event.number("top");
  deleted += event.number("dele");
  wrong_sizes += event.number("wrong-sizes");
  auto& user = users[event["user"]];
  ++user.sessions;
  user.messages += read;
  user.octets += sent;
  auto& address = addresses[event["ip"]];
  ++address.sessions;
  address.octets += sent;
  if (!moment_) return;
  auto& now = *interval();
  ++now.sessions;
  now.octets += sent;
  const auto begun = open_.find(event["session"]);
  if (begun == open_.end()) return;
  if (*moment_ >= begun->second) session_ms.add(static_cast<std::uint64_t>(*moment_ - begun->second));
  open_.erase(begun);
}

void Tally::count_refused(const Event& event) {
  const auto reason = event["reason"];
  refused.add(reason);
  if (moment_) ++interval()->refused;
  // Only these are somebody's mistake, or attempt; the others are ours.
  if (reason != "auth") return;
  ++addresses[event["ip"]].refused;
  ++tried[event["user"]].refused;
}

void Tally::count_times(const Event& event) {
  for (std::size_t i = 0; i < event.count; ++i) {
    const auto& [key, value] = event.fields[i];
    if (key != "ms" && !key.ends_with("-ms")) continue;
    const auto ms = base::parse_number<std::uint64_t>(value);
    if (!ms) continue;
    const auto name = std::string(event.name) + ' ' + std::string(key);
    if (times.size() < most_times || times.contains(name)) times[name].add(*ms);
  }
}

// tcpserver's lines: "tcpserver: status: 3/40", "tcpserver: ok 77 ...", "tcpserver: deny 77 ...".
void Tally::count_listener(std::string_view line) {
  constexpr std::string_view program = "tcpserver: ";
  const auto at = line.find(program);
  if (at == line.npos || at > 100) return;
  const auto text = line.substr(at + program.size());
  if (text.starts_with("ok ")) ++connections;
  if (text.starts_with("deny ")) ++denied;
  if (!text.starts_with("status: ")) return;
  const auto number = text.substr(8, text.find('/') - std::min<std::size_t>(text.find('/'), 8));
  most_at_once = std::max(most_at_once, base::parse_number<std::uint64_t>(number).value_or(0));
}

}  // namespace stats
