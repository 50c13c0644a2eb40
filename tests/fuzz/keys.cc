// SPDX-License-Identifier: ISC
// A key file, a sealed secret, and a name or password in any script.
// covers checkpw/keys.cc checkpw/prepare.cc
#include "checkpw/keys.h"

#include "checkpw/account.h"
#include "checkpw/prepare.h"
#include "tests/fuzz/require.h"

namespace {

void key_file(std::string_view text) {
  const auto keys = checkpw::parse_keys(text);
  if (!keys) return;
  require(!keys->empty() && keys->size() <= checkpw::max_keys);
  const auto written = checkpw::format_keys(*keys);
  const auto again = checkpw::parse_keys(written.view());
  require(again && checkpw::format_keys(*again).view() == written.view() && written.view().size() == text.size());
}

// Nobody makes a sealed secret without the key.
void sealed(std::string_view text) {
  checkpw::KeyRing keys;
  keys.push_back({"id", checkpw::SecretText(std::string(32, 'k'))});
  try {
    (void)checkpw::unseal(keys, "joe", text);
    require(false);
  } catch (const base::Failure&) {
  }
}

void name(std::string_view text) {
  const auto prepared = checkpw::prepare(text);
  if (checkpw::is_ascii(text)) {
    require(prepared == text);
    return;
  }
  if (!prepared) return;
  require(checkpw::is_utf8_text(text) && checkpw::is_utf8_text(*prepared));
  if (!checkpw::check_login_name(*prepared)) require(checkpw::prepare(*prepared) == prepared);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  key_file(text);
  sealed(text);
  name(text);
  return 0;
}
