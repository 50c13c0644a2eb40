// SPDX-License-Identifier: ISC
// The unique-ids that the messages of a Maildir get.
#pragma once

#include <string_view>

#include "maildir/id_set.h"
#include "maildir/name.h"
#include "maildir/uidl_map.h"

namespace maildir {

// The map's id, else the default; and where that is taken, or is another message's by the map,
// the next of its kind that is free.
class Ids {
 public:
  // MAP must live as long; at most MOST messages.
  Ids(const UidlMap& map, std::size_t most) : map_(map), given_(most) {}

  // The id of the next message, in their order; COPY as in uidl(). Valid until the next call.
  std::string_view give(std::string_view name, unsigned copy);

 private:
  const UidlMap& map_;
  IdSet given_;
  Uidl id_;
};

}  // namespace maildir
