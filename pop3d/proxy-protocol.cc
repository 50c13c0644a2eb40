// SPDX-License-Identifier: ISC
// proxy-protocol - learn from a proxy whom it speaks for, and serve that client.
//
// usage   proxy-protocol [-ms] [-t seconds] [-x tcp.cdb] peers program [arg ...]
// reads   fd 0, a trusted peer's PROXY header and not an octet more: the child does, the parent never
// leaves  fd 0 and 1 to program; TCPREMOTEIP and its like in the environment, as the header says
// exits   0 the connection ended without program; 100 misused; 111 the machine failed; else as
//         program does
// runs as root, the parent; as $UID and $GID in the empty root $ROOT, the child
#include <unistd.h>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/tls_service.h"
#include "pop3d/network.h"
#include "pop3d/proxy_reader.h"
#include "pop3d/tcp_rules.h"

namespace {

using pop3d::Address;
using pop3d::ProxyReport;

constexpr char program[] = "proxy-protocol";
constexpr char usage[] = "usage: proxy-protocol [-ms] [-t seconds] [-x tcp.cdb] peers program [arg ...]";
constexpr std::uint64_t longest_wait = 60;

struct Options {
  bool is_mandatory = false, believes_tls = false;
  std::int64_t wait_ms = 3000;
  const char* rules = nullptr;
  const char* peers = nullptr;
};

void set_number(const char* name, std::uint16_t number) {
  base::Text<5> text;
  text << number;
  base::set_env(name, text.c_str());
}

// As tcpserver sets them; for IPv6 under the names too that listeners use which know it.
void set_addresses(const Address& remote, const ProxyReport& report) {
  const bool is_tcp6 = !pop3d::is_ipv4(remote);
  for (const char* name :
       {"TCPREMOTEHOST", "TCPREMOTEINFO", "TCP6REMOTEIP", "TCP6REMOTEPORT", "TCP6REMOTEHOST",
        "TCP6REMOTEINFO", "TCP6LOCALIP", "TCP6LOCALPORT", "TCP6INTERFACE"})
    base::unset_env(name);
  base::set_env("PROTO", is_tcp6 ? "TCP6" : "TCP");
  base::set_env("TCPREMOTEIP", to_text(remote).c_str());
  base::set_env("TCPLOCALIP", to_text(report.local).c_str());
  set_number("TCPREMOTEPORT", report.remote_port);
  set_number("TCPLOCALPORT", report.local_port);
  if (!is_tcp6) return;
  base::set_env("TCP6REMOTEIP", to_text(remote).c_str());
  base::set_env("TCP6LOCALIP", to_text(report.local).c_str());
  set_number("TCP6REMOTEPORT", report.remote_port);
  set_number("TCP6LOCALPORT", report.local_port);
}

// What is known of TLS is the proxy's word alone: if the connection to us has any, that is not the client's.
void set_tls(const ProxyReport& report) {
  base::unset_tls_env();
  base::unset_env("SSL_PROTOCOL");
  if (report.tls_protocol[0] != '\0') base::set_env("TLS_PROTOCOL", report.tls_protocol);
  if (report.tls_cipher[0] != '\0') base::set_env("TLS_CIPHER", report.tls_cipher);
}

// From here on the environment speaks of the client.
void believe(const Options& options, const Address& proxy, const ProxyReport& report) {
  // 127.0.0.1, said by another machine, is that machine, and not ours: who is here may do more.
  const bool is_of_proxy = pop3d::is_loopback(report.remote) && !pop3d::is_loopback(proxy);
  const auto remote = is_of_proxy ? proxy : report.remote;
  set_addresses(remote, report);
  if (options.believes_tls) set_tls(report);
  base::LogLine line(program, "proxied");
  line.field("proxy", to_text(proxy).view())
      .field("ip", to_text(remote).view())
      .field("port", report.remote_port);
  if (options.believes_tls && report.tls_protocol[0] != '\0')
    line.field("tls", std::string_view(report.tls_protocol));
  line.write();
}

pop3d::RuleClient rule_client() {
  return {base::client_address(), base::get_env("TCPREMOTEHOST"), base::get_env("TCPREMOTEINFO")};
}

// What the listener has set for the proxy's address is no setting of the proxy's clients.
void take_proxys_rule_back(const pop3d::TcpRules& rules) {
  if (const auto rule = rules.find(rule_client())) pop3d::take_rule_back(rule->instructions);
}

// False if the rules deny the client.
bool apply_rules(const pop3d::TcpRules& rules) {
  const auto rule = rules.find(rule_client());
  if (!rule || pop3d::apply_rule(rule->instructions)) return true;
  base::LogLine(program, "denied")
      .field("ip", base::client_address())
      .field("rule", rule->address.view())
      .write();
  return false;
}

// False if the connection is to end here; the log has the reason.
bool find_client(const Options& options) {
  const auto peer = pop3d::parse_address(base::client_address());
  const bool is_proxy = peer && pop3d::is_among(options.peers, *peer) == true;
  if (!is_proxy && options.is_mandatory) {
    base::LogLine(program, "refused").field("ip", base::client_address()).field("reason", "no-proxy").write();
    return false;
  }
  ProxyReport report{};
  if (is_proxy && !pop3d::read_proxy_header(to_text(*peer).view(), options.wait_ms, report)) return false;
  const bool is_proxied = is_proxy && report.outcome == pop3d::ProxyOutcome::proxied;
  if (!options.rules) {
    if (is_proxied) believe(options, *peer, report);
    return true;
  }
  const pop3d::TcpRules rules(options.rules);
  if (is_proxied) {
    take_proxys_rule_back(rules);
    believe(options, *peer, report);
  }
  return apply_rules(rules);
}

// False if they are no options of ours.
bool read_options(int argc, char** argv, Options& options) {
  for (int option; (option = ::getopt(argc, argv, "+mst:x:")) != -1;) {
    switch (option) {
      case 'm': options.is_mandatory = true; break;
      case 's': options.believes_tls = true; break;
      case 'x': options.rules = optarg; break;
      case 't': {
        const auto seconds = base::parse_number<std::uint64_t>(optarg);
        if (!seconds || *seconds == 0 || *seconds > longest_wait) return false;
        options.wait_ms = static_cast<std::int64_t>(*seconds) * 1000;
        break;
      }
      default: return false;
    }
  }
  options.peers = argv[optind];
  return argc - optind >= 2;
}

}  // namespace

int main(int argc, char** argv) try {
  base::open_standard_fds();
  Options options;
  if (!read_options(argc, argv, options)) return base::complain(program, usage, base::exit_usage);
  if (!pop3d::is_among(options.peers, Address{}))
    return base::complain(program, "peers: not a list of addresses and networks", base::exit_usage);
  if (!find_client(options)) return 0;
  ::execvp(argv[optind + 1], argv + optind + 1);
  base::fail("execute", argv[optind + 1]);
} catch (const std::exception& e) {
  base::LogLine(program, "failed").field("ip", base::client_address()).field("error", e.what()).write();
  return base::exit_temporary;
}
