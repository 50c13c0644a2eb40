// SPDX-License-Identifier: ISC
// Telling our own changes of new/ and cur/ from other programs' (index_file.cc, rule b).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "maildir/directory.h"

namespace maildir {

class Watch {
 public:
  // Watches new/ and cur/ from now on. Where that cannot be relied on - no inotify, a network
  // file system - it will say that others changed them too.
  Watch();

  // What we have just done ourselves.
  void removed(Folder folder, std::string_view name);
  void moved_away(Folder from, std::string_view name);  // out of both
  void renamed(Folder from, std::string_view from_name, Folder to, std::string_view to_name);

  // True if the kernel has seen in FOLDER, until now, just what was told to us.
  bool only_ours(Folder folder);

 private:
  void told(Folder folder, unsigned event, std::string_view name);
  void drain();

  base::UniqueFd inotify_;
  int directories_[2] = {-1, -1};
  bool reliable_ = false;
  // Sums of the events' hashes: the order does not matter, each event does.
  std::uint64_t ours_[2] = {}, seen_[2] = {};
  unsigned since_drained_ = 0;
};

}  // namespace maildir
