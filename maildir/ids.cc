// SPDX-License-Identifier: ISC
#include "maildir/ids.h"

namespace maildir {

std::string_view Ids::give(std::string_view name, unsigned copy) {
  if (const auto mapped = map_.find(unique_name(name)); !mapped.empty() && given_.add(mapped)) return mapped;
  do {
    id_ = uidl(name, copy++);
  } while (map_.gives(id_.view()) || !given_.add(id_.view()));
  return id_.view();
}

}  // namespace maildir
