// SPDX-License-Identifier: ISC
// A file in the place of tcp.cdb: it may throw, and do nothing worse.
// covers pop3d/tcp_rules.cc
#include "pop3d/tcp_rules.h"

#include <sys/mman.h>

#include <string>

#include "base/failure.h"
#include "base/fd.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = as_text(data, size);
  const base::UniqueFd file(::memfd_create("tcp.cdb", MFD_CLOEXEC));
  base::write_all(file.get(), input, "tcp.cdb");
  const auto path = "/proc/self/fd/" + std::to_string(file.get());
  try {
    const pop3d::TcpRules rules(path.c_str());
    for (const pop3d::RuleClient client : {pop3d::RuleClient{"192.0.2.7", "", ""},
                                           {"192.0.2.7", "c.example.org", "joe"},
                                           {"2001:db8::7", "", ""},
                                           {"10.1.2.3", "", ""}}) {
      const auto rule = rules.find(client);
      if (!rule) continue;
      std::size_t octets = 0;
      pop3d::for_each_variable(rule->instructions, [&](std::string_view name, std::string_view value) {
        require(!name.empty() && name.find('=') == name.npos && value.data()[value.size()] == '\0');
        octets += name.size() + value.size();
      });
      require(octets <= size);
    }
  } catch (const base::Failure&) {}
  return 0;
}
