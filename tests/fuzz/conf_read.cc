// SPDX-License-Identifier: ISC
// A user's own file: whatever is in it, nothing comes out but what a user may set.
// covers pop3d/conf_read.cc pop3d/conf_table.cc
#include "pop3d/conf_read.h"

#include "base/env.h"
#include "tests/fuzz/require.h"

namespace {

// Written here again, and not taken from the table that the reader uses.
bool may_be_set(std::string_view name, std::string_view value) {
  const auto number = base::parse_number<unsigned>(value);
  if (name == "POP3_TIMEOUT") return number && *number >= 1 && *number <= 300;
  if (name == "POP3_WRITE_TIMEOUT") return number && *number >= 1 && *number <= 300;
  if (name == "POP3_MAX_BULLETINS") return number && *number <= 1000;
  if (name == "POP3_MOVE_NEW" || name == "POP3_NO_MIME") return value == "0" || value == "1";
  if (name == "POP3_DELETE") return value == "unlink" || value == "trash";
  if (name == "POP3_READ_ONLY") return value == "1";
  if (name == "POP3_AUTO_DELETE") return value == "0";
  return false;  // POP3_MARK_SEEN too: it is in the record
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::set_env("POP3_TIMEOUT", "300");
  base::set_env("POP3_RECORD", "POP3_SIZES POP3_MARK_SEEN");
  pop3d::ConfReader reader(pop3d::by_user, 1);
  reader.read_text(".pop3", as_text(data, size), pop3d::Grammar::unknown);
  for (const auto& given : reader.given()) {
    require(may_be_set(given.setting->name, given.value) && given.place.line >= 1);
    require(given.value.data()[given.value.size()] == '\0' && given.value.find('\0') == given.value.npos);
  }
  for (const auto& finding : reader.findings()) require(finding.what != pop3d::Finding::What::error && !finding.text.empty());
  return 0;
}
