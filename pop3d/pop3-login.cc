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
#include "base/sandbox.h"
#include "pop3d/guesses.h"
#include "pop3d/log_file.h"
#include "pop3d/login_child.h"
#include "pop3d/login_log.h"
#include "pop3d/login_parent.h"

namespace {

constexpr char program[] = "pop3-login";

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

int run_child(const pop3d::LoginSettings& settings, pop3d::ConnectionTls& tls, pop3d::Guesses& guesses,
              const pop3d::ChildSettings& child) {
  tls.close_control();
  guesses.close();
  base::close_others({child.parent, child.trace->fd()});  // such as RELAY_CTRL_DIR_FD's
  if (settings.uid != 0) {
    base::enter_empty_root(settings.root);
    base::drop_privilege(settings.uid, settings.gid, {});
  }
  base::confine_login_child(program, settings.sandbox);
  return pop3d::serve_authorization(child);
}

// Once there is TLS the socket is not ours any more, and nobody could be asked for the address.
void keep_address() {
  if (!base::get_env("TCPREMOTEIP").empty()) return;
  const base::Text<64> address(base::client_address());
  if (address.view() != "-") base::set_env("TCPREMOTEIP", address.c_str());
}

int turn_away(const pop3d::LoginSettings& settings) {
  pop3d::log_end("address-limit", 0);
  if (settings.tls != pop3d::TlsMode::implicit) {
    base::try_write_all(1, "-ERR [SYS/TEMP] too many connections from your address\r\n");
    base::close_politely(0, 1);
  }
  return 0;
}

int serve(char** argv) {
  const auto started = base::now_ms();
  const auto settings = pop3d::read_login_settings();
  const bool is_connection_time = settings.connection_ms != 0 && settings.connection_ms < settings.timeout_ms;
  const auto deadline = started + (is_connection_time ? settings.connection_ms : settings.timeout_ms);
  base::set_env("POP3_SESSION", base::random_name<10>().c_str());
  base::set_env("POP3_STARTED", (base::Text<24>() << started).c_str());
  if (settings.uid == 0)
    base::complain("warning: pop3-login", "not started as root: child keeps our uid, no chroot", 0);
  base::read_log_form();
  pop3d::open_log_files(settings.uid, settings.gid);
  pop3d::log_connect();
  pop3d::ConnectionTls tls(settings);
  if (settings.tls != pop3d::TlsMode::none || tls.can_start()) keep_address();
  pop3d::Guesses guesses(settings.guesses, base::client_address());
  if (!guesses.enter(settings.per_address)) return turn_away(settings);
  // A client that waits for TLS cannot be told in clear that there is none.
  if (settings.tls == pop3d::TlsMode::implicit && tls.begin("", deadline) != pop3d::ConnectionTls::Begun::secure)
    return base::exit_temporary;

  const auto timestamp = make_timestamp(argv[1]);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) base::fail("socketpair");
  base::UniqueFd childs(ends[0]), ours(ends[1]);

  pop3d::Trace trace(pop3d::log_file(program, "POP3_TRACE"));
  const pid_t child = ::fork();
  if (child < 0) base::fail("fork");
  if (child == 0) {
    ours.reset();
    return run_child(settings, tls, guesses,
                     {.parent = childs.get(),
                      .host = argv[1],
                      .timestamp = timestamp.view(),
                      .greeting = settings.greeting,
                      .offer = pop3d::offer_for(settings, tls.protection(), tls.can_start()),
                      .announced = settings.announced,
                      .preferred = settings.preferred,
                      .bad_commands = settings.bad_commands,
                      .refusal_delay_ms = static_cast<int>(settings.refusal_delay_ms),
                      .is_shy = settings.is_shy,
                      .trace = &trace});
  }
  childs.reset();
  const pop3d::ParentSettings parent{.login = settings,
                                     .verifier = argv + 2,
                                     .timestamp = timestamp.view(),
                                     .started_ms = started,
                                     .deadline_ms = deadline,
                                     .is_connection_time = is_connection_time};
  pop3d::supervise(parent, tls, guesses, child, std::move(ours));
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
