// SPDX-License-Identifier: ISC
#include "maildir/listing.h"

#include <algorithm>
#include <cstring>

#include "maildir/image.h"
#include "maildir/name.h"

namespace maildir {

Opened Listing::scan(Folder folder) {
  Directory directory(folder);
  for (Directory::Entry entry; directory.next(entry);) {
    if (!entry.may_be_message) {
      ++passed_over_;
      continue;
    }
    found_.push({time_prefix(entry.name), entry.inode, text_.size(), folder});
    std::memcpy(text_.extend(entry.name.size() + 1), entry.name.data(), entry.name.size() + 1);
  }
  return directory.opened();
}

void Listing::sort() {
  std::sort(found_.begin(), found_.end(), [this](const Found& a, const Found& b) {
    if (a.time != b.time) return a.time < b.time;
    const auto name_a = name(a), name_b = name(b);
    const int order = unique_name(name_a).compare(unique_name(name_b));
    if (order != 0) return order < 0;
    if (a.inode != b.inode) return a.inode < b.inode;  // copies: what no change of flags changes
    return a.name_at > b.name_at;
  });
  // One file under two names: renamed while the directories were read, or linked and not yet
  // unlinked. It is one message; the name that was found last comes first.
  const auto end = std::unique(found_.begin(), found_.end(), [this](const Found& a, const Found& b) {
    return a.inode == b.inode && a.time == b.time && unique_name(name(a)) == unique_name(name(b));
  });
  found_.shorten(static_cast<std::size_t>(end - found_.begin()));
}

void Listing::add(Listing&& later) {
  if (found_.empty()) {
    std::swap(*this, later);
    return;
  }
  const auto text_at = text_.size();
  std::memcpy(text_.extend(later.text_.size()), later.text_.begin(), later.text_.size());
  for (auto found : later.found_) {
    found.name_at += text_at;
    found_.push(found);
  }
  passed_over_ = later.passed_over_;
  sort();
}

const Listing::Found* Listing::find(std::string_view file_name, std::uint64_t inode) const {
  auto at = std::lower_bound(found_.begin(), found_.end(), file_name,
                                   [this](const Found& found, std::string_view wanted) {
                                     return compare_names(name(found), wanted) < 0;
                                   });
  for (; at != found_.end() && compare_names(name(*at), file_name) == 0; ++at)
    if (at->inode == inode) return at;
  return nullptr;
}

}  // namespace maildir
