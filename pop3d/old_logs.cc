// SPDX-License-Identifier: ISC
#include "pop3d/old_logs.h"

#include "base/env.h"
#include "base/fd.h"
#include "base/version.h"

namespace pop3d {

namespace {

// What separates a name from what is behind it, in some line.
PlainName safe(std::string_view name) { return plain_name(name, " \"()"); }

OldLine& add_client(OldLine& line, std::string_view user) {
  if (user.empty())
    line << "(null)";
  else
    line << safe(user).view();
  return line << " at " << client_host().view() << " (" << safe(base::client_address()).view() << ')';
}

}  // namespace

PlainName plain_name(std::string_view name, std::string_view hidden) {
  constexpr std::string_view digits = "0123456789abcdef", dots = "...";
  PlainName text;
  for (const char c : name) {
    base::Text<4> part;
    if (c >= 0x20 && c <= 0x7e && c != '\\' && hidden.find(c) == hidden.npos)
      part << c;
    else
      part << "\\x" << digits[static_cast<unsigned char>(c) >> 4] << digits[c & 15];
    const auto room = max_plain_name - text.view().size();
    if (room < part.view().size() + (&c == &name.back() ? 0 : dots.size())) return text << dots;
    text << part.view();
  }
  return text;
}

PlainName client_host() {
  const auto host = base::get_env("TCPREMOTEHOST");
  return safe(host.empty() ? base::client_address() : host);
}

OldLine expand_login(std::string_view pattern, std::string_view user) {
  OldLine line;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i], next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    const auto known = std::string_view("0123%").find(next);
    if (c != '%' || next == '\0' || known == std::string_view::npos) {
      line << plain_name({&c, 1}, "").view();
      continue;
    }
    ++i;
    switch (next) {
      case '0': line << base::version; break;
      case '1': line << safe(user).view(); break;
      case '2': line << client_host().view(); break;
      case '3': line << safe(base::client_address()).view(); break;
      default: line << '%';
    }
  }
  return line;
}

OldLine qpopper_stats(std::string_view user, Totals deleted, Totals left) {
  OldLine line;
  line << "Stats: " << safe(user).view() << ' ' << deleted.messages << ' ' << deleted.octets << ' ' << left.messages
       << ' ' << left.octets << ' ' << client_host().view() << ' ' << safe(base::client_address()).view();
  return line;
}

OldLine qpopper_failed(std::string_view user) {
  OldLine line;
  line << "[AUTH] Failed attempted login to " << safe(user).view() << " from host (" << client_host().view() << ") "
       << safe(base::client_address()).view();
  return line;
}

OldLine qpopper_probe(std::string_view user) {
  OldLine line;
  line << "Possible probe of account " << safe(user).view() << " from host " << client_host().view() << " ("
       << safe(base::client_address()).view() << ')';
  return line;
}

OldLine qpopper_timeout(std::string_view user, std::uint64_t seconds) {
  OldLine line;
  line << "(v" << base::version << ") Timeout (" << seconds << " secs) during nw read from ";
  return add_client(line, user);
}

// Qpopper logs its answers -ERR with whom they were for.
OldLine qpopper_eof(std::string_view user) {
  OldLine line;
  return add_client(line, user) << ": -ERR POP EOF or I/O Error";
}

OldLine qpopper_hangup(std::string_view user) {
  OldLine line;
  return add_client(line, user) << ": -ERR POP hangup from " << client_host().view();
}

OldLine qpopper_timing(std::string_view user, bool is_normal, std::int64_t auth_ms, std::int64_t open_ms,
                       std::int64_t update_ms) {
  OldLine line;
  line << "(v" << base::version << ") Timing for " << safe(user).view() << '@' << client_host().view() << " ("
       << (is_normal ? "normal" : "error") << ") auth=" << auth_ms / 1000 << " init=" << open_ms / 1000
       << " clean=" << update_ms / 1000;
  return line;
}

OldLine tpops_has(std::string_view event, std::string_view user, Totals totals) {
  OldLine line;
  line << event << ": " << safe(user).view() << " has " << totals.messages << " messages (" << totals.octets
       << " octets)";
  return line;
}

OldLine tpops_failed(std::string_view user) {
  OldLine line;
  line << "authentication failed: " << safe(user).view();
  return line;
}

OldLine tpops_client(std::string_view event) {
  OldLine line;
  line << event << ' ' << safe(base::client_address()).view();
  return line;
}

void write_log(std::string_view line) {
  base::Text<base::max_log_line + 1> whole;
  whole << line << '\n';
  base::try_write_all(2, whole.view());
}

}  // namespace pop3d
