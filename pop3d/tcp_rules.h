// SPDX-License-Identifier: ISC
// The rules of tcpserver, as tcprules(1) compiles them: which addresses may connect, and which
// variables each gets. A CDB whose keys are the rules' addresses.
//
//   10.:allow,POP3_TIMEOUT="60"    key "10.", data "+POP3_TIMEOUT=60\0"
//   192.0.2.13:deny                key "192.0.2.13", data "D\0"
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace pop3d {

// What is known of a client; empty: nothing.
struct RuleClient {
  std::string_view ip;    // TCPREMOTEIP
  std::string_view host;  // TCPREMOTEHOST
  std::string_view info;  // TCPREMOTEINFO
};

struct TcpRule {
  base::Text<700> address;        // as it stands in the rules
  std::string_view instructions;  // views into the file as long as TcpRules lives
};

class TcpRules {
 public:
  // Maps the file, which nobody may write to in place: tcprules replaces it. Throws.
  explicit TcpRules(const char* path);
  TcpRules(const TcpRules&) = delete;
  TcpRules& operator=(const TcpRules&) = delete;
  ~TcpRules();

  // The first rule that fits, in tcpserver's order; then no other counts. Nothing if none does: the
  // client may connect. Throws if the file is damaged.
  std::optional<TcpRule> find(const RuleClient& client) const;

  // The record under KEY; nothing if there is none. Throws if the file is damaged.
  std::optional<std::string_view> look_up(std::string_view key) const;

 private:
  std::size_t number(std::size_t at) const;
  std::string_view part(std::size_t at, std::size_t size) const;

  base::Text<200> path_;
  std::string_view file_;
};

// Calls USE(name, value) for each variable that INSTRUCTIONS set, in order; both are ended by a
// NUL there, the name by its '='. True unless they deny.
template <typename Use>
bool for_each_variable(std::string_view instructions, Use use) {
  bool is_allowed = true;
  for (;;) {
    const auto end = instructions.find('\0');
    if (end == instructions.npos) return is_allowed;
    const auto instruction = instructions.substr(0, end);
    instructions.remove_prefix(end + 1);
    if (instruction.starts_with('D')) is_allowed = false;
    const auto equals = instruction.find('=');
    if (!instruction.starts_with('+') || equals == instruction.npos || equals == 1) continue;
    use(instruction.substr(1, equals - 1), instruction.substr(equals + 1));
  }
}

// Sets these variables in our environment; true unless the instructions deny.
bool apply_rule(std::string_view instructions);
// Removes them from it.
void take_rule_back(std::string_view instructions);

}  // namespace pop3d
