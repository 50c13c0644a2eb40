// SPDX-License-Identifier: ISC
// pop3-login - greet a POP3 client, find out who it is, and hand it on.
//
// usage   pop3-login host verifier [arg ...]
// reads   fd 0, the client, no further than the line it handles: the child does, the parent never
// leaves  fd 0 and 1, the client, to the verifier, with the login record on its fd 3
// exits   0 the connection ended, in whatever way; 100 misused; 111 the machine failed
// runs as root, the parent; as $UID and $GID in the empty root $ROOT, the child
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/random.h"
#include "conf_home.h"
#include "pop3d/login_child.h"
#include "pop3d/login_parent.h"

namespace {

constexpr char program[] = "pop3-login";

struct Settings {
  uid_t uid;
  gid_t gid;
  const char* root;
  std::uint64_t timeout_s, tries, error_interval_s, bad_commands;
  bool is_shy;
};

Settings read_settings() {
  constexpr std::uint64_t largest_id = 0xfffffffe;
  Settings settings{};
  if (::geteuid() == 0) {
    settings.uid = static_cast<uid_t>(base::env_number("UID", 0, 0, largest_id));
    settings.gid = static_cast<gid_t>(base::env_number("GID", 0, 0, largest_id));
    if (settings.uid == 0 || settings.gid == 0)
      throw base::Failure("UID and GID", "must name an account of our own for what reads the "
                                         "network, as envuidgid(8) sets them");
  }
  settings.root = base::has_env("ROOT") ? base::get_env("ROOT").data() : CONF_HOME "/empty";
  // For all of AUTHORIZATION, commands or not: RFC 1939's ten minutes of inactivity would let a
  // stranger hold a place for ever by a NOOP now and then.
  settings.timeout_s = base::env_number("POP3_LOGIN_TIMEOUT", 180, 1, 86400);
  settings.tries = base::env_number("POP3_TRIES", 3, 1, 1000);
  settings.error_interval_s = base::env_number("POP3_ERROR_INTERVAL", 2, 0, 60);
  settings.bad_commands = base::env_number("POP3_BAD_COMMANDS", 20, 1, 1000000);
  settings.is_shy = base::env_switch("POP3_SHY", true);
  return settings;
}

// RFC 1939 s.7: the timestamp has the form of a msg-id, and differs for each greeting. The
// random part also makes it one that no attacker chose (CVE-2007-1558).
base::Text<pop3d::max_timestamp> make_timestamp(std::string_view host) {
  base::Text<pop3d::max_timestamp> timestamp;
  timestamp << '<' << base::random_name<16>().view() << '.' << ::getpid() << '.' << std::time(nullptr)
            << '@' << host << '>';
  return timestamp;
}

// What may stand in a msg-id and in a greeting.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > pop3d::max_host) return false;
  for (const char c : host)
    if (!base::is_graphic(c) || c == '<' || c == '>' || c == '@') return false;
  return true;
}

int run_child(const Settings& settings, const pop3d::ChildSettings& child) {
  if (settings.uid != 0) {
    base::enter_empty_root(settings.root);
    base::drop_privilege(settings.uid, settings.gid, {});
  }
  base::forbid_growth();
  return pop3d::serve_authorization(child);
}

int serve(char** argv) {
  const auto started = base::now_ms();
  const auto settings = read_settings();
  base::set_env("POP3_SESSION", base::random_name<10>().c_str());
  if (settings.uid == 0)
    base::complain("warning: pop3-login", "not started as root: child keeps our uid, no chroot", 0);

  const auto timestamp = make_timestamp(argv[1]);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) base::fail("socketpair");
  base::UniqueFd ours(ends[0]), childs(ends[1]);

  const pid_t child = ::fork();
  if (child < 0) base::fail("fork");
  if (child == 0) {
    ours.reset();
    return run_child(settings, {.parent = childs.get(),
                                .host = argv[1],
                                .timestamp = timestamp.view(),
                                .bad_commands = settings.bad_commands,
                                .is_shy = settings.is_shy});
  }
  childs.reset();
  const pop3d::ParentSettings parent{
      .verifier = argv + 2,
      .timestamp = timestamp.view(),
      .uid = settings.uid,
      .gid = settings.gid,
      .deadline_ms = started + static_cast<std::int64_t>(settings.timeout_s) * 1000,
      .error_interval_ms = static_cast<std::int64_t>(settings.error_interval_s) * 1000,
      .tries = settings.tries,
  };
  pop3d::supervise(parent, child, std::move(ours));
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3)
    return base::complain(program, "usage: pop3-login host verifier [arg ...]", base::exit_usage);
  if (!is_host(argv[1]))
    return base::complain(program, "host: 1 to 64 printable characters without < > @", base::exit_usage);
  base::open_standard_fds();
  base::hide_memory();
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(077);
  return serve(argv);
} catch (const std::exception& e) {
  // The client hears of it too: 111 before any session is the machine's fault, not its own.
  base::LogLine(program, "failed").field("ip", base::client_address()).field("error", e.what()).write();
  base::try_write_all(1, "-ERR [SYS/TEMP] cannot serve you now, try again later\r\n");
  base::close_politely(0, 1);
  return base::exit_temporary;
}
