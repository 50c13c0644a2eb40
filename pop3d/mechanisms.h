// SPDX-License-Identifier: ISC
// The ways to log in, and which of them a connection is offered.
#pragma once

#include <cstdint>
#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace pop3d {

// As POP3_AUTH names them for the verifier, and POP3_MECHANISMS for us (in upper case).
enum class Method : std::uint8_t {
  user = 1,  // USER and PASS
  apop,
  plain,     // RFC 4616
  login,     // never an RFC; old clients of Microsoft's
  cram_md5,  // RFC 2195
  scram,       // RFC 5802, RFC 7677
  scram_plus,  // with channel binding
  external,    // RFC 4422 appendix A: by the client's certificate
  oauthbearer,  // RFC 7628
  xoauth2,      // its forerunner
};

struct MethodName {
  Method method;
  const char* name;    // POP3_AUTH's value
  const char* in_sasl; // AUTH's argument; nullptr: no SASL mechanism
};
// In the order in which CAPA lists the mechanisms: clients of simple mind take the first they know.
constexpr MethodName methods[] = {
    {Method::scram_plus, "scram-sha-256-plus", "SCRAM-SHA-256-PLUS"},
    {Method::scram, "scram-sha-256", "SCRAM-SHA-256"},
    {Method::external, "external", "EXTERNAL"},
    {Method::oauthbearer, "oauthbearer", "OAUTHBEARER"},
    {Method::xoauth2, "xoauth2", "XOAUTH2"},
    {Method::cram_md5, "cram-md5", "CRAM-MD5"},
    {Method::plain, "plain", "PLAIN"},
    {Method::login, "login", "LOGIN"},
    {Method::apop, "apop", nullptr},
    {Method::user, "user", nullptr},
};

// POP3_AUTH's name.
constexpr const char* name_of(Method method) {
  for (const auto& entry : methods)
    if (entry.method == method) return entry.name;
  return "unknown";
}

// A set of methods, in a message of fixed size.
class MethodSet {
 public:
  constexpr void add(Method method) { bits_ = static_cast<std::uint16_t>(bits_ | bit(method)); }
  constexpr void remove(Method method) { bits_ = static_cast<std::uint16_t>(bits_ & ~bit(method)); }
  constexpr bool has(Method method) const { return (bits_ & bit(method)) != 0; }
  constexpr bool has_sasl() const {
    for (const auto& entry : methods)
      if (entry.in_sasl && has(entry.method)) return true;
    return false;
  }
  // From words as in POP3_MECHANISMS, in any case: "APOP PLAIN SCRAM-SHA-256". Throws base::Failure,
  // naming WHERE, if one of them is none.
  static MethodSet parse(std::string_view words, std::string_view where);

  // The same words, in lower case: POP3_OFFERED.
  base::Text<200> words() const;

  // Calls VISIT(name) for each SASL mechanism.
  template <typename Visit>
  constexpr void for_each_sasl(Visit visit) const {
    for (const auto& entry : methods)
      if (entry.in_sasl && has(entry.method)) visit(std::string_view(entry.in_sasl));
  }

 private:
  static constexpr std::uint16_t bit(Method method) {
    return static_cast<std::uint16_t>(1 << static_cast<int>(method));
  }
  std::uint16_t bits_ = 0;
};

// What the client may use, as CAPA tells it. It changes when TLS begins.
struct Offer {
  MethodSet methods;
  bool stls;
};

}  // namespace pop3d
