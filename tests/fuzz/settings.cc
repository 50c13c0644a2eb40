// SPDX-License-Identifier: ISC
// An environment that an administrator has got wrong, lines NAME=VALUE: each program refuses it by name, or has settings
// within their bounds.
// covers pop3d/settings.cc pop3d/login_settings.cc checkpw/policy.cc base/env.cc
#include "pop3d/settings.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/env.h"
#include "base/failure.h"
#include "checkpw/policy.h"
#include "maildir/bulletin_round.h"
#include "pop3d/login_settings.h"
#include "tests/fuzz/require.h"

namespace {

// POP3_RUNNER_FD names a descriptor, which would be taken from the fuzzer.
bool may_set(std::string_view name) {
  return name.starts_with("POP3_") && name != "POP3_RUNNER_FD" && name.find('\0') == name.npos;
}

class Environment {
 public:
  explicit Environment(std::string_view lines) {
    while (!lines.empty()) {
      const auto line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(line.size() + 1, lines.size()));
      const auto equals = line.find('=');
      const std::string name(line.substr(0, equals));
      if (equals == line.npos || !may_set(name)) continue;
      base::set_env(name.c_str(), std::string(line.substr(equals + 1)).c_str());
      names_.push_back(name);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    for (const auto& name : names_) ::unsetenv(name.c_str());
  }

 private:
  std::vector<std::string> names_;
};

template <typename Read>
void read(Read read_it) try {
  read_it();
} catch (const base::Failure& failure) {
  require(std::string_view(failure.what()).starts_with("POP3_"));
}

void check(const pop3d::Settings& settings) {
  require(settings.timeout_ms >= 1000 && settings.timeout_ms <= 86400000);
  require(settings.write_timeout_ms >= 1000 && settings.write_timeout_ms <= 86400000);
  require(settings.bad_commands >= 1 && settings.refusal_delay_ms >= 0 && settings.refusal_delay_ms <= 5000);
  require(settings.most_xmit_octets >= 1 && settings.runner == -1 && !settings.offers_xmit);
  require(!(settings.read_only && settings.auto_delete));
}
void check(const pop3d::LoginSettings& settings) {
  require(settings.timeout_ms > 0 && settings.tries >= 1 && settings.bad_commands >= 1);
  require(settings.error_interval_ms >= 0 && settings.most_delay_ms >= 0 && settings.refusal_delay_ms >= 0);
  require(settings.per_address <= 65536 && settings.verifiers <= 4096);
  // Whatever is set, who forbids passwords in clear gets none.
  const auto offer = offer_for(settings, {false, false, false}, true);
  if (settings.cleartext == pop3d::Cleartext::never || settings.cleartext == pop3d::Cleartext::tls)
    for (const auto method : {pop3d::Method::user, pop3d::Method::plain, pop3d::Method::login}) require(!offer.methods.has(method));
  require(!offer.methods.has(pop3d::Method::external) && !offer.methods.has(pop3d::Method::scram_plus));
}

// Root's mail is nobody's, whatever is set.
void check(const checkpw::Policy& policy) {
  checkpw::Account account;
  account.uid = account.gid = 20001;
  account.home = "/";
  try {
    (void)checkpw::refusal(policy, "joe", account, checkpw::Proved::by_password);
  } catch (const base::Failure&) {  // a file that there is not
  }
  account.uid = 0;
  require(!checkpw::refusal(policy, "joe", account, checkpw::Proved::by_password).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto name : {"UID", "GID"}) base::set_env(name, "20000");
  base::set_env("ROOT", "/");
  const Environment environment(as_text(data, size));
  read([] { check(pop3d::read_settings()); });
  read([] { check(pop3d::read_login_settings()); });
  read([] { check(checkpw::read_policy(0)); });
  read([] { (void)maildir::read_bulletin_settings("mail.example.org"); });
  return 0;
}
