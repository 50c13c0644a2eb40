// SPDX-License-Identifier: ISC
// poppassd - users change their secret by the protocol of that name, on port 106.
//
// usage   poppassd host apoppasswd [arg ...]
// reads   fd 0, the client: the child does, the parent never
// leaves  fd 1, the client, the answers
// exits   0 the connection ended, in whatever way; 100 misused; 111 the machine failed
// runs as root, the parent; as $UID and $GID in the empty root $ROOT, the child
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/random.h"
#include "base/sandbox.h"
#include "pop3d/guesses.h"
#include "pop3d/login_settings.h"
#include "pop3d/login_tls.h"
#include "pop3d/poppassd_child.h"
#include "pop3d/poppassd_parent.h"

namespace {

constexpr char program[] = "poppassd";

bool is_host(std::string_view host) {
  if (host.empty() || host.size() > pop3d::max_host) return false;
  for (const char c : host)
    if (!base::is_graphic(c)) return false;
  return true;
}

// Says to the client why there is no dialogue. Not if it waits for TLS: it would not understand.
int turn_away(bool waits_for_tls, std::string_view answer, std::string_view reason) {
  base::LogLine(program, "refused").field("ip", base::client_address()).field("reason", reason).write();
  if (!waits_for_tls) base::try_write_all(1, answer);
  if (!waits_for_tls) base::close_politely(0, 1);
  return 0;
}

// A password never crosses a network in clear here, whatever POP3_CLEARTEXT allows for POP3.
bool is_private(const pop3d::ConnectionTls& tls) {
  const auto address = base::client_address();
  return tls.protection().has_tls || address.starts_with("127.") || address == "::1";
}

int run_child(const pop3d::LoginSettings& settings, pop3d::ConnectionTls& tls, pop3d::Guesses& guesses, int parent,
              const char* host) {
  tls.close_control();
  guesses.close();
  base::close_others({parent});
  if (settings.uid != 0) {
    base::enter_empty_root(settings.root);
    base::drop_privilege(settings.uid, settings.gid, {});
  }
  base::confine_login_child(program, settings.sandbox);
  pop3d::serve_passwords(parent, host);
  base::close_politely(0, 1);
  return 0;
}

int serve(char** argv) {
  const auto started = base::now_ms();
  const auto settings = pop3d::read_login_settings();
  const auto deadline = started + settings.timeout_ms;
  constexpr std::uint64_t largest_id = 0xfffffffe;
  const auto block_uid = static_cast<uid_t>(base::env_number("BLOCK_UID", 99, 0, largest_id));
  base::set_env("POP3_SESSION", base::random_name<10>().c_str());
  base::read_log_form();
  if (settings.uid == 0)
    base::complain("warning: poppassd", "not started as root: child keeps our uid, no chroot", 0);
  const bool waits_for_tls = settings.tls == pop3d::TlsMode::implicit;
  pop3d::ConnectionTls tls(settings);
  pop3d::Guesses guesses(settings.guesses, base::client_address());
  if (!guesses.enter(settings.per_address))
    return turn_away(waits_for_tls, "500 too many connections from your address\r\n", "address-limit");
  if (waits_for_tls && tls.begin("", deadline) != pop3d::ConnectionTls::Begun::secure) return base::exit_temporary;
  if (!is_private(tls)) return turn_away(false, "500 only over TLS\r\n", "no-tls");

  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) base::fail("socketpair");
  base::UniqueFd childs(ends[0]), ours(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) base::fail("fork");
  if (child == 0) {
    ours.reset();
    return run_child(settings, tls, guesses, childs.get(), argv[1]);
  }
  childs.reset();
  pop3d::supervise_passwords(settings, guesses, argv + 2, child, std::move(ours), deadline, block_uid);
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3 || static_cast<std::size_t>(argc) > 2 + pop3d::most_command_words)
    return base::complain(program, "usage: poppassd host apoppasswd [arg ...]", base::exit_usage);
  if (!is_host(argv[1])) return base::complain(program, "host: 1 to 64 printable characters", base::exit_usage);
  base::open_standard_fds();
  base::hide_memory();
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(077);
  return serve(argv);
} catch (const std::exception& e) {
  base::LogLine(program, "failed").field("ip", base::client_address()).field("error", e.what()).write();
  base::try_write_all(1, "500 Cannot do that now, try again later.\r\n");
  base::close_politely(0, 1);
  return base::exit_temporary;
}
