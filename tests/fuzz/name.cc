// SPDX-License-Identifier: ISC
// The name of a file in a Maildir: the first octet is which copy, the rest the name.
// covers maildir/name.cc
#include "maildir/name.h"

#include <algorithm>
#include <string>

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

  const auto sizes = maildir::sizes_in_name(name);
  require(!sizes.file || unique.find(",S=" + std::to_string(*sizes.file)) != unique.npos || unique.find(",S=0") != unique.npos);
  require(!sizes.wire || unique.find(",W=" + std::to_string(*sizes.wire)) != unique.npos || unique.find(",W=0") != unique.npos);
  if (const auto seen = maildir::with_flag(name, 'S')) {
    require(seen->view().size() <= maildir::max_file_name && maildir::unique_name(seen->view()) == unique);
    // Once there it is there, and an info of another kind is left alone.
    require(maildir::with_flag(seen->view(), 'S')->view() == seen->view());
    const bool is_other = unique.size() < name.size() && !name.substr(unique.size()).starts_with(":2,");
    require(is_other ? seen->view() == name : maildir::flags(seen->view()).find('S') != name.npos);
  }
  return 0;
}
