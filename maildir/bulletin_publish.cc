// SPDX-License-Identifier: ISC
#include "maildir/bulletin_publish.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/failure.h"
#include "base/fd.h"
#include "maildir/bulletin_list.h"
#include "maildir/replace_file.h"

namespace maildir {

namespace {

// The highest number ever. No name that begins with a digit: no bulletin.
constexpr char highest_file[] = ".highest";
// Under the lock there is one of each: what a crash has left goes with the next.
constexpr char new_highest[] = ".new.highest", new_bulletin[] = ".new.bulletin";

BulletinNumber highest_ever(const BulletinList& list) {
  base::Array<char> content;
  if (::faccessat(list.directory(), highest_file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
    read_bulletin(list.directory(), highest_file, content);
  return std::max(list.highest(), parse_bulletin_state({content.begin(), content.size()}).value_or(0));
}

void take_number(int directory, BulletinNumber number) {
  base::Text<24> line;
  line << number << '\n';
  ::unlinkat(directory, new_highest, 0);
  replace_file(directory, new_highest, highest_file, line.view(), Durable::yes);
}

base::Text<255> name_of(BulletinNumber number, std::string_view group, std::string_view name) {
  base::Text<20> digits;
  digits << number;
  base::Text<255> file;
  for (auto i = digits.view().size(); i < 5; ++i) file << '0';
  file << digits.view() << '.';
  if (!group.empty()) file << group << '.';
  return file << name;
}

// link, not rename: it takes no other's place.
void write_new(int directory, const char* file, const base::Array<char>& message) {
  struct Temporary {
    int directory;
    ~Temporary() { ::unlinkat(directory, new_bulletin, 0); }
  } temporary{directory};
  ::unlinkat(directory, new_bulletin, 0);
  const base::UniqueFd fd(
      ::openat(directory, new_bulletin, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) base::fail("create", new_bulletin);
  base::write_all(fd.get(), {message.begin(), message.size()}, file);
  if (::fchmod(fd.get(), 0644) != 0 || ::fsync(fd.get()) != 0) base::fail("write", file);
  if (::linkat(directory, new_bulletin, directory, file, 0) != 0) base::fail("link to", file);
}

}  // namespace

bool is_bulletin_word(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    const char l = base::lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

base::Text<255> publish_bulletin(const char* directory, std::string_view group, std::string_view name,
                                 const base::Array<char>& message) {
  const auto lock = base::open_file(directory, O_RDONLY | O_DIRECTORY);
  if (::flock(lock.get(), LOCK_EX) != 0) base::fail("lock", directory);
  const BulletinList list(directory);
  const auto number = highest_ever(list) + 1;
  if (number > last_bulletin_number) throw base::Failure(directory, "no number is left");
  const auto file = name_of(number, group, name);
  take_number(list.directory(), number);
  write_new(list.directory(), file.c_str(), message);
  if (::fsync(lock.get()) != 0) base::fail("fsync", directory);
  return file;
}

}  // namespace maildir
