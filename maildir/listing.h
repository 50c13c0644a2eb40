// SPDX-License-Identifier: ISC
// The names that are in new/ and cur/ now, in the order of messages.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/array.h"
#include "maildir/directory.h"

namespace maildir {

class Listing {
 public:
  struct Found {
    std::uint64_t time;  // its name's, so that sorting need not read it again
    std::uint64_t inode;
    std::size_t name_at;
    Folder folder;
  };

  // Adds the folder's names. Throws where the machine fails.
  Opened scan(Folder folder);
  void sort();  // and takes a file that was seen under two names once, under the one seen last
  // Adds what LATER has found, after sort() of it; the result is sorted as if all had been one.
  void add(Listing&& later);

  std::size_t size() const { return found_.size(); }
  const Found& operator[](std::size_t i) const { return found_[i]; }
  std::string_view name(const Found& found) const { return text_.begin() + found.name_at; }
  std::size_t passed_over() const { return passed_over_; }  // files that are no messages

  // The one with FILE_NAME's unique name and that inode; nullptr if there is none. After sort.
  const Found* find(std::string_view file_name, std::uint64_t inode) const;

 private:
  base::Array<Found> found_;
  base::Array<char> text_;
  std::size_t passed_over_ = 0;
};

}  // namespace maildir
