// SPDX-License-Identifier: ISC
#include "pop3d/trace.h"

#include <unistd.h>

#include <ctime>

#include "base/env.h"
#include "base/fd.h"
#include "pop3d/command.h"

namespace pop3d {

namespace {

// A list of a big mailbox does not fill the disk.
constexpr std::size_t most_lines = 100;

// What the trace may show of a command. What is not listed here is not shown at all: whoever types
// "PSS sesame" has typed a password.
enum class Shown { all, keyword, body_hidden };
constexpr struct {
  const char* keyword;
  Shown shown;
} commands[] = {
    {"USER", Shown::all},    {"PASS", Shown::keyword}, {"APOP", Shown::keyword}, {"AUTH", Shown::keyword},
    {"STLS", Shown::all},    {"CAPA", Shown::all},     {"NOOP", Shown::all},     {"QUIT", Shown::all},
    {"STAT", Shown::all},    {"LIST", Shown::all},     {"UIDL", Shown::all},     {"RETR", Shown::body_hidden},
    {"TOP", Shown::body_hidden}, {"DELE", Shown::all}, {"RSET", Shown::all},     {"LAST", Shown::all},
    {"UTF8", Shown::all},    {"LANG", Shown::all},     {"XTND", Shown::body_hidden}, {"MANGLE", Shown::all},
};

// In printable ASCII; what is longer is cut.
base::Text<200> printable(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  base::Text<200> result;
  for (const char c : text) {
    if (c >= 0x20 && c <= 0x7e)
      result << c;
    else
      result << "\\x" << hex[static_cast<unsigned char>(c) >> 4] << hex[c & 15];
  }
  return result;
}

// G11: "Mon DD HH:MM:SS.mmm YYYY".
base::Text<40> time_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  ::localtime_r(&now.tv_sec, &parts);
  char text[32];
  base::Text<40> time;
  time << std::string_view(text, std::strftime(text, sizeof text, "%b %d %H:%M:%S.", &parts));
  const auto ms = static_cast<unsigned>(now.tv_nsec / 1000000);
  time << ms / 100 << ms / 10 % 10 << ms % 10 << ' ' << parts.tm_year + 1900;
  return time;
}

}  // namespace

base::Text<200> masked(std::string_view line) {
  const auto command = parse_command(line);
  base::Text<200> text;
  for (const auto& known : commands) {
    if (!is_keyword(command.keyword, known.keyword)) continue;
    text << known.keyword;
    if (command.argument.empty()) return text;
    if (known.shown == Shown::keyword)
      text << " ***";
    else
      text << ' ' << printable(command.argument).view();
    return text;
  }
  text << "(" << line.size() << " octets)";
  return text;
}

// localtime_r() reads a file once: now, before a sandbox hides it.
Trace::Trace(int fd) : fd_(fd) {
  if (fd_ >= 0) ::tzset();
}

void Trace::received(std::string_view line) {
  if (upload_ == Upload::begun) return;
  const auto [keyword, argument] = parse_command(line);
  const bool is_xmit = is_keyword(keyword, "XTND") && is_keyword(argument.substr(0, 4), "XMIT");
  upload_ = is_xmit ? Upload::asked : Upload::none;
  shows_body_ = true;
  for (const auto& known : commands)
    if (known.shown == Shown::body_hidden && is_keyword(keyword, known.keyword)) shows_body_ = false;
  lines_ = 0;
  unfinished_.clear();
  write('<', masked(line).view());
}

// That an upload is over is known by its answer only: a dot between bare LFs does not end it.
void Trace::sent(std::string_view octets) {
  if (upload_ == Upload::begun) {
    upload_ = Upload::none;
    shows_body_ = true;
    lines_ = 0;
  }
  while (!octets.empty()) {
    const auto end = octets.find('\n');
    unfinished_ << octets.substr(0, end);
    if (end == octets.npos) return;
    auto line = unfinished_.view();
    if (line.ends_with('\r')) line.remove_suffix(1);
    add_reply_line(line);
    unfinished_.clear();
    octets.remove_prefix(end + 1);
    if (!shows_body_ && lines_ > 1) return;  // the rest of a message
  }
}

void Trace::add_reply_line(std::string_view line) {
  ++lines_;
  if (upload_ == Upload::asked) upload_ = line.starts_with('+') ? Upload::begun : Upload::none;
  if (lines_ == most_lines) return write('>', "...");
  if (lines_ > most_lines || (lines_ > 1 && !shows_body_)) return;
  // RFC 5034 s.4: a challenge, with what a secret is hashed with.
  write('>', line.starts_with("+ ") ? "+ ***" : printable(line).view());
}

void Trace::write(char direction, std::string_view text) {
  base::Text<400> line;  // below PIPE_BUF: one write is one line
  line << time_now().view() << " [" << ::getpid() << "] " << printable(base::get_env("POP3_SESSION")).view() << ' '
       << direction << ' ' << text << '\n';
  base::try_write_all(fd_, line.view());
}

}  // namespace pop3d
