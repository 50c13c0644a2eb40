// SPDX-License-Identifier: ISC
// The administrator's directory of bulletins, and which of them are for us.
#pragma once

#include <string_view>

#include "base/array.h"
#include "base/failure.h"
#include "base/fd.h"
#include "maildir/bulletin_name.h"

namespace maildir {

// By number. Of several files with one number the first by name counts.
class BulletinList {
 public:
  // Reads DIRECTORY. Throws if it is not absolute (else a user's home would choose it), cannot be
  // read, or can be written by group or others and is not root's: the mail of all comes from it.
  explicit BulletinList(const char* directory);

  struct Entry {
    BulletinNumber number;
    std::size_t name_at;
    bool is_repeated;  // another file has this number too
  };
  std::size_t size() const { return entries_.size(); }
  const Entry& operator[](std::size_t i) const { return entries_[i]; }
  const char* name(std::size_t i) const { return names_.begin() + entries_[i].name_at; }  // in here
  BulletinNumber highest() const { return entries_.empty() ? 0 : entries_[size() - 1].number; }
  // The first whose number is above NUMBER; size() if there is none.
  std::size_t first_above(BulletinNumber number) const;

  int directory() const { return directory_.get(); }

 private:
  void read_names();
  void sort();

  base::UniqueFd directory_;
  base::Array<Entry> entries_;
  base::Array<char> names_;
};

// What the administrator has to mend, where any other Failure is the machine's, and may pass.
class BadBulletin : public base::Failure {
 public:
  using Failure::Failure;
};

// A bulletin may have any number of octets up to max_bulletin. Throws BadBulletin if NAME in DIRECTORY
// is no regular file, has more, or may not be read. Gives its octets in CONTENT.
void read_bulletin(int directory, const char* name, base::Array<char>& content);

enum class Audience {
  all,            // no group: everybody
  ours,           // ALL, or a group that we are in
  others,         // a group that we are not in
  unknown_group,  // nobody
};
// Who a bulletin of GROUP is for, by the gids of this process and the names of group(5); a gid may
// stand in a name's place. Empty: no group.
Audience audience_of(std::string_view group);

}  // namespace maildir
