// SPDX-License-Identifier: ISC
// A name that somebody logs in with, in every line of a log that it gets into: it makes no field and no line, and what
// stands around it is read back as it was.
// covers base/log.cc pop3d/old_logs.cc scripts/stats_line.cc scripts/stats_json.cc
#include "base/log.h"

#include <algorithm>
#include <string>

#include "base/env.h"
#include "pop3d/access_log.h"
#include "pop3d/login_log.h"
#include "pop3d/old_logs.h"
#include "scripts/stats_line.h"
#include "tests/fuzz/require.h"

namespace {

constexpr char ip[] = "192.0.2.7";

void require_one_line(std::string_view line) {
  require(line.size() <= base::max_log_line);
  for (const char c : line) require(c >= 0x20 && c <= 0x7e);
}

void check_event(const char* form, std::string_view name) {
  base::set_env("POP3_LOG", form);
  base::LogLine line("pop3d", "logout");
  line.field("user", name).field("ip", ip).field("octets", 42);
  const auto text = std::string(line.text()) + (*form == 'j' ? "}" : "");
  require_one_line(text);
  stats::Event event;
  require(stats::parse_line(text, event) == stats::Line::event);
  require(event.program == "pop3d" && event.name == "logout" && event.count == 3);
  require(event.fields[0].key == "user" && event["ip"] == ip && event.number("octets") == 42);
}

// What fail2ban's filter for Dovecot takes: the last rip=, and what it stands behind.
void check_failure(std::string_view name) {
  base::set_env("POP3_LOG", "kv");
  const auto line = pop3d::failed_login_line({name, pop3d::Method::user, 2, 9});
  const auto text = line.view();
  require_one_line(text);
  constexpr std::string_view begin = "pop3-login: Aborted login (auth failed, 2 attempts in 9 secs): user=<";
  require(text.starts_with(begin));
  const auto end = text.find('>');
  require(text.substr(begin.size(), end - begin.size()).find('<') == text.npos);
  require(text.substr(end).starts_with(">, method=PLAIN, rip=192.0.2.7, event=refused "));
  stats::Event event;
  require(stats::parse_line(text, event) == stats::Line::event && event.name == "refused" && event["ip"] == ip);
  require(event["reason"] == "auth" && event.number("tries") == 2);
}

std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(std::count(line.begin(), line.end(), ' ')) + 1;
}

void check_old_lines(std::string_view name) {
  using namespace pop3d;
  const auto stats = qpopper_stats(name, {1, 2}, {3, 4});
  require(columns(stats.view()) == 8 && stats.view().ends_with(" 1 2 3 4 192.0.2.7 192.0.2.7"));
  const auto login = expand_login(default_log_login, name);
  require(std::count(login.view().begin(), login.view().end(), '"') == 2);
  require(login.view().ends_with("\" at (192.0.2.7) 192.0.2.7"));
  require(qpopper_failed(name).view().ends_with(" from host (192.0.2.7) 192.0.2.7"));
  require(tpops_has("login", name, {1, 2}).view().ends_with(" has 1 messages (2 octets)"));
  require(columns(tpops_failed(name).view()) == 3);
  const auto access = access_line({name, true, 0, 0, {1, 2}, {3, 4}});
  require(columns(access.view()) == 10 && access.view().ends_with(" 1 2 3 4\n"));
  require(access.view().find('\n') == access.view().size() - 1);
  for (const auto& line : {stats, login, qpopper_failed(name), qpopper_probe(name), qpopper_timeout(name, 9), qpopper_eof(name),
                           qpopper_hangup(name), qpopper_timing(name, true, 1, 2, 3), tpops_failed(name), expand_login(name, name)})
    require_one_line(line.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::set_env("TCPREMOTEIP", ip);
  const auto name = as_text(data, size);
  check_event("kv", name);
  check_event("json", name);
  check_old_lines(name);
  // USER and SASL let no other name as far as that (login_messages.h).
  if (size <= pop3d::max_login && pop3d::is_login(name)) check_failure(name);
  return 0;
}
