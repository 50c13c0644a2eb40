// SPDX-License-Identifier: ISC
#include "pop3d/capabilities.h"

#include "base/env.h"
#include "base/failure.h"
#include "base/version.h"

namespace pop3d {

namespace {

constexpr std::uint64_t longest_delay = 86400, longest_keeping = 36500;

// RFC 2449 s.6.5, s.6.7: "USER" tells a client to ask again after the login, since users may have other values.
void write_announced(base::Output& out, const Announced& announced, std::string_view user) {
  if (announced.login_delay != 0) out << "LOGIN-DELAY " << announced.login_delay << user << "\r\n";
  if (announced.expires_never)
    out << "EXPIRE NEVER" << user << "\r\n";
  else if (announced.expire)
    out << "EXPIRE " << *announced.expire << user << "\r\n";
}

}  // namespace

Announced read_announced() {
  Announced announced;
  announced.login_delay = base::env_number("POP3_LOGIN_DELAY", 0, 0, longest_delay);
  announced.mangle = !base::get_env("POP3_MANGLE").empty();
  const auto days = base::get_env("POP3_EXPIRE");
  announced.expires_never = days == "never";
  if (!days.empty() && !announced.expires_never) {
    announced.expire = base::parse_number<std::uint64_t>(days);
    if (!announced.expire || *announced.expire > longest_keeping)
      throw base::Failure("POP3_EXPIRE", "not a number from 0 to 36500, or never");
  }
  if (base::env_switch("POP3_AUTO_DELETE", false) && !base::env_switch("POP3_READ_ONLY", false)) {
    announced.expires_never = false;
    announced.expire = 0;
  }
  return announced;
}

// RFC 2449 s.5: what is available in the AUTHORIZATION state must be announced in both; and clients
// that ask just once, before login, must hear of TOP and UIDL.
void write_capabilities(base::Output& out, State state, const Offer& offer, const Announced& announced, bool is_shy) {
  out << "TOP\r\n"
         "UIDL\r\n";
  if (offer.methods.has(Method::user)) out << "USER\r\n";
  if (offer.methods.has_sasl()) {
    out << "SASL";  // RFC 5034 s.6
    offer.methods.for_each_sasl([&](std::string_view name) { out << ' ' << name; });
    out << "\r\n";
  }
  if (offer.stls) out << "STLS\r\n";  // RFC 2595 s.4
  out << "RESP-CODES\r\n"      // RFC 2449 s.6.4
         "AUTH-RESP-CODE\r\n"  // RFC 3206 s.6
         "PIPELINING\r\n"      // RFC 2449 s.6.6
         "UTF8 USER\r\n"       // RFC 6856 s.2
         "LANG\r\n";           // RFC 6856 s.3
  write_announced(out, announced, state == State::authorization ? " USER" : "");
  if (announced.mangle) out << "X-MANGLE\r\nMANGLE\r\n";  // draft-gellens-pop-mangle
  if (!is_shy) out << "IMPLEMENTATION popchain-" << base::version << "\r\n";
  out << ".\r\n";
}

}  // namespace pop3d
