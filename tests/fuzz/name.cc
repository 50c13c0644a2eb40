// SPDX-License-Identifier: ISC
// The name of a file in a Maildir: the first octet is which copy, the rest the name.
#include "maildir/name.h"

#include <algorithm>

#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned copy = data[0];
  const auto name = as_text(data + 1, size - 1).substr(0, 255);
  const auto unique = maildir::unique_name(name);
  require(name.starts_with(unique) && unique.find(':') == unique.npos);
  require(name.ends_with(maildir::flags(name)));
  require(maildir::time_prefix(name) == maildir::time_prefix(unique));

  const auto id = maildir::uidl(name, copy);
  require(!id.empty() && id.view().size() <= maildir::max_uidl && !id.overflowed());
  require(std::all_of(id.view().begin(), id.view().end(), base::is_graphic));
  require(id.view() == maildir::uidl(unique, copy).view());
  require(id.view() != maildir::uidl(name, copy + 1).view());
  return 0;
}
