// SPDX-License-Identifier: ISC
// AUTH (RFC 5034): the client's side of a SASL exchange, up to the requests that pop3-login's child
// sends to its parent. What the mechanisms prove is the verifier's business.
#pragma once

#include <optional>
#include <string_view>

#include "base/line_input.h"
#include "base/output.h"
#include "pop3d/command.h"
#include "pop3d/login_channel.h"

namespace pop3d {

// RFC 5034 s.4: the lines of an exchange are no commands, and as long as the mechanisms need: this
// is max_token in base64, with what stands around it.
constexpr std::size_t max_sasl_line = 12288;

class Sasl {
 public:
  // TIMESTAMP is the greeting's; CRAM-MD5's challenge.
  Sasl(base::ExactLineInput& in, base::Output& out, LoginChannel& parent, std::string_view timestamp)
      : in_(in), out_(out), parent_(parent), timestamp_(timestamp) {}

  // AUTH with ARGUMENT, its initial response included; AUTH alone lists the mechanisms OFFERED. What
  // the parent answered is in ANSWER if it was asked at all: nothing is returned then, and the
  // caller replies. Else the reply; Reply::leave if client or parent are gone.
  std::optional<Reply> run(std::string_view argument, MethodSet offered, LoginAnswer& answer);

 private:
  struct Mechanism {
    Method method;
    bool is_client_first;  // it takes an initial response
    std::optional<Reply> (Sasl::*exchange)(Method method, LoginAnswer& answer);
  };
  static const Mechanism mechanisms[];

  std::optional<Reply> plain(Method method, LoginAnswer& answer);
  std::optional<Reply> login(Method method, LoginAnswer& answer);
  std::optional<Reply> cram_md5(Method method, LoginAnswer& answer);
  std::optional<Reply> scram(Method method, LoginAnswer& answer);
  std::optional<Reply> external(Method method, LoginAnswer& answer);
  std::optional<Reply> token(Method method, LoginAnswer& answer);

  // The client's response to CHALLENGE, decoded; the initial one if it sent that. Nothing, and
  // REPLY_ set, if it sent none that can be used. Good until the next.
  std::optional<std::string_view> respond(std::string_view challenge);
  std::optional<std::string_view> decode(std::string_view base64);
  std::optional<Reply> ask_parent(Method method, std::string_view login, std::string_view secret,
                                  LoginAnswer& answer);
  template <typename Request>
  std::optional<Reply> ask_parent(Request& request, LoginAnswer& answer);
  Reply list(MethodSet offered);

  base::ExactLineInput& in_;
  base::Output& out_;
  LoginChannel& parent_;
  std::string_view timestamp_;
  std::optional<std::string_view> initial_;  // in base64, until it is used
  Reply reply_;
  std::size_t used_ = 0;  // octets of the line's room that may hold a secret
};

// What the messages of the mechanisms say. Pure; views into MESSAGE; nothing if it is malformed.
struct NameAndSecret {
  std::string_view name, secret;
};
// RFC 4616 s.2: [authzid] NUL authcid NUL passwd. The authzid, if there is one, must be the same.
std::optional<NameAndSecret> parse_plain(std::string_view message);
// RFC 2195 s.2: name SP digest.
std::optional<NameAndSecret> parse_cram_md5(std::string_view message);
// RFC 7628 s.3.1, and XOAUTH2's "user=NAME" in place of the GS2 header. The name is as it stands.
std::optional<NameAndSecret> parse_oauthbearer(std::string_view message);
std::optional<NameAndSecret> parse_xoauth2(std::string_view message);
// RFC 5802 s.5.1: the name in client-first-message, as it stands.
std::optional<std::string_view> find_scram_name(std::string_view message);
// RFC 5802's saslname, "=2C" and "=3D" undone. Nothing if it holds another "=", or is too long.
std::optional<base::Text<max_login>> unescape_name(std::string_view name);

}  // namespace pop3d
