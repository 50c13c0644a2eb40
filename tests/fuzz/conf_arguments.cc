// SPDX-License-Identifier: ISC
// The command lines of popper and tpops. Read as a user's, so that no file is opened.
// covers pop3d/conf_arguments.cc
#include "pop3d/conf_arguments.h"

#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(data, size);
  for (const auto grammar : {pop3d::Grammar::qpopper, pop3d::Grammar::tpops}) {
    pop3d::ConfReader reader(pop3d::by_user, 1);
    read_arguments(reader, grammar, text);
    for (const auto& given : reader.given()) require(wrong_value(*given.setting, given.value).empty());
    // Something is said of each argument, or it is a setting; or it is a flag that says what is so anyway.
    if (text.find_first_not_of(" \t\n") != text.npos && text.find("--") == text.npos && text.find("-e") == text.npos)
      require(!reader.given().empty() || !reader.findings().empty());
  }
  return 0;
}
