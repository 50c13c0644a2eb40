// SPDX-License-Identifier: ISC
#include "maildir/bulletin_delivery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/failure.h"
#include "base/fd.h"
#include "maildir/directory.h"
#include "maildir/name.h"
#include "maildir/quota.h"
#include "maildir/trash.h"
#include "maildir/wire.h"

namespace maildir {

namespace {

using TemporaryPath = base::Text<60>;

TemporaryPath temporary_of(BulletinNumber number) {
  TemporaryPath path("tmp/popchain.bulletin.");
  path << number;
  return path;
}

void sync_directory(const char* path) {
  const auto directory = base::open_file(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.get()) != 0) base::fail("fsync", path);
}

// The name's ",S=" and ",W=", as maildir/deliver.cc has them: W= without the CRLF that an
// unfinished last line is sent with. Read from the file: what was written before a crash may be
// addressed to a host of another name.
base::Text<60> sizes_of(const char* path) {
  static char buffer[65536];
  const auto fd = base::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  std::uint64_t file = 0;
  WireSize wire;
  char last = '\n';
  while (const long got = base::read_some(fd.get(), buffer, sizeof buffer)) {
    if (got < 0) base::fail("read", path);
    const std::string_view piece(buffer, static_cast<std::size_t>(got));
    wire.add(piece);
    file += piece.size();
    last = piece.back();
  }
  base::Text<60> text;
  text << ",S=" << file << ",W=" << wire.total() - (last == '\n' ? 0 : 2);
  return text;
}

}  // namespace

bool BulletinDelivery::finish(BulletinNumber number) {
  const auto path = temporary_of(number);
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0) return false;
  // Two names: the crash came in the middle of a rename that is a link and an unlink (maildir/trash.h).
  const bool is_rest = !S_ISREG(status.st_mode) || status.st_nlink != 1 || is_there(number);
  if (is_rest)
    ::unlink(path.c_str());
  else
    move_to_new(number, path.c_str());
  return !is_rest;
}

// What a crash before step 2 left of it must not look like one before step 3.
void BulletinDelivery::pass(BulletinNumber number) {
  ::unlink(temporary_of(number).c_str());
  state_.write(number);
}

BulletinDelivery::Done BulletinDelivery::deliver(BulletinNumber number, const base::Array<char>& message) {
  if (is_there(number)) {
    pass(number);
    return Done::before;
  }
  const auto path = temporary_of(number);
  if (is_alone_) ::unlink(path.c_str());
  if (!write_temporary(path.c_str(), message)) return Done::by_another;
  if (has_passed(number)) {  // another session did all three steps since we had looked
    ::unlink(path.c_str());
    return Done::by_another;
  }
  try {
    state_.write(number);
  } catch (...) {
    if (!has_passed(number)) ::unlink(path.c_str());
    throw;
  }
  move_to_new(number, path.c_str());
  return Done::yes;
}

// If it cannot be known: yes, since a message that is not removed can still be delivered.
bool BulletinDelivery::has_passed(BulletinNumber number) const noexcept try {
  const auto state = state_.read();
  return state && *state >= number;
} catch (const std::exception&) {
  return true;
}

bool BulletinDelivery::is_there(BulletinNumber number) {
  for (const auto folder : {Folder::new_mail, Folder::cur}) {
    if (has_looked_) break;
    Directory directory(folder);
    for (Directory::Entry entry; directory.next(entry);)
      if (const auto bulletin = bulletin_of_message(entry.name)) there_.push(*bulletin);
  }
  has_looked_ = true;
  return std::find(there_.begin(), there_.end(), number) != there_.end();
}

// False if another session is at it.
bool BulletinDelivery::write_temporary(const char* path, const base::Array<char>& message) {
  const auto fd = base::try_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!fd && errno == EEXIST) return false;
  if (!fd) base::fail("create", path);
  try {
    base::write_all(fd.get(), {message.begin(), message.size()}, path);
    if (::fsync(fd.get()) != 0) base::fail("fsync", path);
    sync_directory("tmp");
  } catch (...) {
    ::unlink(path);
    throw;
  }
  return true;
}

// The name's time is the file's own, from when it was written: so it does not depend on who does
// this step, and when.
void BulletinDelivery::move_to_new(BulletinNumber number, const char* temporary) {
  struct stat status;
  if (::lstat(temporary, &status) != 0) base::fail("stat", temporary);
  base::Text<max_file_name> to("new/");
  to << name_of_message(static_cast<std::uint64_t>(status.st_mtime), number, host_).view()
     << sizes_of(temporary).view();
  if (rename_to_free_name(temporary, to.c_str()) != 0) {
    if (errno != EEXIST) base::fail("rename to", to.view());
    ::unlink(temporary);  // it is there
    return;
  }
  there_.push(number);
  put_on_quota(static_cast<std::uint64_t>(status.st_size), 1);
  sync_directory("new");
}

}  // namespace maildir
