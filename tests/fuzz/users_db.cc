// SPDX-License-Identifier: ISC
// A file in the place of users.cdb: it may throw, and do nothing worse.
// covers checkpw/users_db.cc checkpw/account.cc
#include "checkpw/users_db.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "tests/fuzz/require.h"

namespace {

template <typename Use>
void use(Use use_it) try {
  use_it();
} catch (const base::Failure&) {
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::UniqueFd file(::memfd_create("users.cdb", MFD_CLOEXEC));
  ::fchmod(file.get(), 0600);
  base::write_all(file.get(), as_text(data, size), "users.cdb");
  use([&] {
    checkpw::UsersDb users("/proc/self/fd/" + std::to_string(file.get()));
    use([&] { (void)users.header(); });
    for (const std::string_view login : {"joe", "eve", "nobody"}) use([&] {
        const auto account = users.find(login);
        require(!account || !checkpw::check_account(*account));
      });
    std::size_t octets = 0;
    users.for_each([&](std::string_view key, std::string_view record) {
      octets += key.size() + record.size();
      require(octets <= size);  // each octet belongs to one record: no walk goes round
      (void)checkpw::decode(std::string(record));
    });
  });
  return 0;
}
