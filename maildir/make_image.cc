// SPDX-License-Identifier: ISC
#include "maildir/make_image.h"

#include "maildir/ids.h"

namespace maildir {

namespace {

// Sizes that an earlier image knows. Both are in one order, so it is walked along.
class Known {
 public:
  explicit Known(const Image* image) : image_(image) {}

  std::optional<Measured> find(std::string_view name, std::uint64_t inode) {
    if (!image_) return {};
    while (at_ < image_->size() && order(at_, name) < 0) ++at_;
    for (auto i = at_; i < image_->size() && order(i, name) == 0; ++i) {
      const auto& record = image_->record(i);
      if (record.inode == inode) return Measured{record.wire_size, record.file_size};
    }
    return {};
  }

 private:
  int order(std::size_t i, std::string_view name) const {
    return compare_names(image_->name(image_->record(i)), name);
  }
  const Image* image_;
  std::size_t at_ = 0;
};

}  // namespace

Record record_of(const Measured& measured, const Listing::Found& found) {
  Record record{};
  record.wire_size = measured.wire_size;
  record.file_size = measured.file_size;
  record.inode = found.inode;
  record.folder = found.folder;
  return record;
}

Made make_image(const Listing& listing, const Image* known_image, SizePolicy policy) {
  Made made{{}, 0, false};
  Known known(known_image);
  const UidlMap map(UidlMap::file_name);
  Ids ids(map, listing.size());
  const Directory folders[] = {Directory(Folder::new_mail), Directory(Folder::cur)};
  unsigned copy = 0;
  for (std::size_t i = 0; i < listing.size(); ++i) {
    const auto& found = listing[i];
    const auto name = listing.name(found);
    copy = i > 0 && compare_names(listing.name(listing[i - 1]), name) == 0 ? copy + 1 : 0;
    made.has_copies |= copy != 0;
    auto measured = known.find(name, found.inode);
    if (!measured) measured = measure(folders[static_cast<int>(found.folder)].fd(), name.data(), policy);
    if (!measured) {
      ++made.passed_over;
      continue;
    }
    const auto id = ids.give(name, copy);
    // What the name says need not be kept.
    made.image.append(record_of(*measured, found), name, id == unique_name(name) ? std::string_view() : id);
  }
  made.image.finish();
  return made;
}

}  // namespace maildir
