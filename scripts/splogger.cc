// SPDX-License-Identifier: ISC
// splogger - send the lines on standard input to syslog, as qmail's program of that name does.
//
// usage   splogger [tag [facility]]      tag: splogger; facility: a number, 2 (mail)
// reads   fd 0, lines
// leaves  each as "<priority>tag: seconds.microseconds text" in /dev/log, or in $SPLOGGER_SOCKET
// exits   0 at the end of input; 100 misused; 111 the machine failed
// runs as whoever starts it
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#include <cstring>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/text.h"

namespace {

constexpr char program[] = "splogger";
constexpr std::size_t fold_at = 800;  // octets of a line in one record
constexpr unsigned most_facility = 23;  // local7: RFC 5424 s.6.2.1

class Syslog {
 public:
  Syslog(std::string_view tag, unsigned facility) : tag_(tag), facility_(facility) {
    const auto path = base::has_env("SPLOGGER_SOCKET") ? base::get_env("SPLOGGER_SOCKET")
                                                       : std::string_view("/dev/log");
    address_.sun_family = AF_UNIX;
    if (path.size() >= sizeof address_.sun_path) throw base::Failure(path, "path too long");
    std::memcpy(address_.sun_path, path.data(), path.size());
    socket_ = base::UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket_) base::fail("socket");
    // A syslogd that hangs may cost lines, but must not stop those whose lines they are.
    const timeval longest{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
  }

  // A record more of a line. A syslogd that is away, or full for a second, loses it.
  void send(int priority, std::string_view stamp, bool continued, std::string_view text) {
    base::Text<fold_at + 400> record;
    record << '<' << (facility_ << 3 | static_cast<unsigned>(priority)) << '>' << tag_ << ": " << stamp
           << (continued ? "+" : " ") << text;
    ::sendto(socket_.get(), record.view().data(), record.view().size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&address_), sizeof address_);
  }

 private:
  std::string_view tag_;
  unsigned facility_;
  sockaddr_un address_{};
  base::UniqueFd socket_;
};

int priority_of(std::string_view line) {
  if (line.starts_with("alert:")) return LOG_ALERT;
  if (line.starts_with("warning:")) return LOG_WARNING;
  return LOG_INFO;
}

base::Text<32> now() {
  timespec time;
  ::clock_gettime(CLOCK_REALTIME, &time);
  base::Text<6> digits, micro;
  digits << time.tv_nsec / 1000;
  for (auto zeros = digits.view().size(); zeros < 6; ++zeros) micro << '0';
  micro << digits.view();
  base::Text<32> stamp;
  stamp << time.tv_sec << '.' << micro.view();
  return stamp;
}

// Cuts input into lines, and lines into records.
class Folder {
 public:
  explicit Folder(Syslog& syslog) : syslog_(syslog) {}

  void add(std::string_view input) {
    for (const char c : input) {
      if (c == '\n') {
        end_line();
      } else {
        if (part_.view().size() == fold_at) end_part();
        part_ << (c >= 0x20 && c <= 0x7e ? c : '?');
      }
    }
  }
  void end_line() {
    if (!part_.empty()) end_part();
    continued_ = false;
  }

 private:
  void end_part() {
    if (!continued_) {
      priority_ = priority_of(part_.view());
      stamp_ = now();
    }
    syslog_.send(priority_, stamp_.view(), continued_, part_.view());
    continued_ = true;
    part_.clear();
  }

  Syslog& syslog_;
  base::Text<fold_at> part_;
  base::Text<32> stamp_;
  int priority_ = LOG_INFO;
  bool continued_ = false;
};

}  // namespace

int main(int argc, char** argv) try {
  const auto facility = argc > 2 ? base::parse_number<unsigned>(argv[2]) : LOG_MAIL >> 3;
  if (argc > 3 || !facility || *facility > most_facility || (argc > 1 && std::strlen(argv[1]) > 64))
    return base::complain(program, "usage: splogger [tag [facility-number]]", base::exit_usage);
  Syslog syslog(argc > 1 ? argv[1] : program, *facility);
  Folder folder(syslog);
  char buffer[4096];
  for (;;) {
    const long got = base::read_some(0, buffer, sizeof buffer);
    if (got < 0) base::fail("read standard input");
    if (got == 0) break;
    folder.add({buffer, static_cast<std::size_t>(got)});
  }
  folder.end_line();
  return 0;
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
