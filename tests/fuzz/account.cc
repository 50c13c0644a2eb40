// SPDX-License-Identifier: ISC
// A record of users.cdb: what is understood can be stored, and is then understood as the same.
// covers checkpw/account.cc checkpw/record_settings.cc checkpw/schemes.cc checkpw/hashes.cc
#include "checkpw/account.h"

#include "checkpw/schemes.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record = as_text(data, size);
  if (const auto header = checkpw::decode_header(record)) require(encode(*header) == record);

  const auto account = checkpw::decode(record);
  if (!account) return 0;
  require(!checkpw::check_account(*account));
  require(account->home.starts_with('/') && account->home.size() <= checkpw::max_path);
  require(account->groups.size() <= checkpw::max_groups);
  require(!account->secrets.empty() && account->secrets.size() <= checkpw::max_secrets);
  for (const auto& secret : account->secrets) {
    const auto scheme = checkpw::scheme_of(secret.stored);
    require(!scheme.empty() && secret.stored.size() <= checkpw::max_stored);
    require(secret.name.empty() || !checkpw::check_secret_name(secret.name));
    if (scheme != "PLAIN") require(!checkpw::verify_apop(secret.stored, std::string(32, '0'), "<1@h>"));
    if (scheme != "CERT") require(!checkpw::verify_certificate(secret.stored, std::string(64, '0'), "joe"));
    if (scheme != "OAUTH") require(!checkpw::verify_subject(secret.stored, "joe"));
  }
  const auto encoded = encode(*account);
  const auto again = checkpw::decode(encoded);
  require(again && encode(*again) == encoded);
  require(again->uid == account->uid && again->gid == account->gid && again->home == account->home);
  return 0;
}
