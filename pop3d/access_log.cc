// SPDX-License-Identifier: ISC
#include "pop3d/access_log.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/fd.h"

namespace pop3d {

namespace {

using Time = base::Text<32>;
Time written(std::time_t time) {
  tm parts{};
  ::localtime_r(&time, &parts);
  char text[32];
  return Time(std::string_view(text, std::strftime(text, sizeof text, "%Y/%m/%d %H:%M:%S", &parts)));
}

}  // namespace

base::Text<400> access_line(const Access& access) {
  const auto user = plain_name(access.user, " ()");
  base::Text<400> line;
  line << plain_name(base::client_address(), " ").view() << ' ' << written(access.began).view() << ' '
       << written(access.ended).view() << ' ';
  if (access.has_logged_in)
    line << user.view();
  else
    line << '(' << user.view() << ')';
  line << ' ' << access.at_login.messages << ' ' << access.at_login.octets << ' ' << access.at_logout.messages << ' '
       << access.at_logout.octets << '\n';
  return line;
}

void write_access(int fd, const Access& access) noexcept {
  if (fd >= 0) base::try_write_all(fd, access_line(access).view());
}

std::int64_t started_ms() noexcept {
  const auto started = base::parse_number<std::uint64_t>(base::get_env("POP3_STARTED"));
  const auto now = base::now_ms();
  return started && *started <= static_cast<std::uint64_t>(now) ? static_cast<std::int64_t>(*started) : -1;
}

std::time_t connection_began() noexcept {
  const auto now = std::time(nullptr);
  const auto started = started_ms();
  return started < 0 ? now : now - static_cast<std::time_t>((base::now_ms() - started) / 1000);
}

}  // namespace pop3d
