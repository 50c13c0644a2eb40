// SPDX-License-Identifier: ISC
#include "maildir/mailbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "base/failure.h"
#include "maildir/wire.h"

namespace maildir {

namespace {

constexpr std::size_t piece_size = 65536;

const char* directory(Folder folder) { return folder == Folder::cur ? "cur/" : "new/"; }

// True for what an administrator or the user has to mend; false for what may pass by itself.
bool is_lasting(int error) {
  return error == EACCES || error == EPERM || error == ENOTDIR || error == ELOOP ||
         error == ENAMETOOLONG;
}

// One reading of the whole file. Less than FILE_SIZE octets: it shrank meanwhile.
std::optional<std::uint64_t> measure(int fd, std::uint64_t file_size, char* buffer) {
  WireSize size;
  while (file_size != 0) {
    const long got = base::read_some(fd, buffer, std::min<std::uint64_t>(piece_size, file_size));
    if (got < 0) base::fail("read a message");
    if (got == 0) return {};
    size.add({buffer, static_cast<std::size_t>(got)});
    file_size -= static_cast<std::uint64_t>(got);
  }
  return size.total();
}

// The kernel's directory entries (getdents64(2)), without a DIR's buffer in between.
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  unsigned char type;
  char name[1];  // in truth as long as it is, and ended by a NUL
};

}  // namespace

Opened Mailbox::open(const char* path, Mailbox& mailbox) {
  if (::chdir(path) != 0) {
    if (errno == ENOENT) return Opened::missing;
    if (is_lasting(errno)) return Opened::unreadable;
    base::fail("enter", path);
  }
  const Opened fresh = mailbox.scan(Folder::new_mail);
  const Opened seen = mailbox.scan(Folder::cur);
  mailbox.put_in_order();
  return std::max(fresh, seen);
}

Opened Mailbox::scan(Folder folder) {
  const auto fd = base::try_open(directory(folder), O_RDONLY | O_DIRECTORY);
  if (!fd) {
    if (errno == ENOENT) return Opened::missing;
    if (is_lasting(errno)) return Opened::unreadable;
    base::fail("open", directory(folder));
  }
  alignas(Entry) static char entries[32768];
  for (;;) {
    const long got = ::syscall(SYS_getdents64, fd.get(), entries, sizeof entries);
    if (got < 0) base::fail("read", directory(folder));
    if (got == 0) return Opened::good;
    for (const char* at = entries; at < entries + got;) {
      const auto entry = reinterpret_cast<const Entry*>(at);
      at += entry->length;
      if (entry->name[0] == '.') continue;
      if (entry->type == DT_REG || entry->type == DT_UNKNOWN)
        consider(folder, entry->name);
      else
        ++passed_over_;
    }
  }
}

void Mailbox::consider(Folder folder, std::string_view name) {
  const Message message{0, 0, names_.size(), 0, folder};
  std::copy(name.begin(), name.end(), names_.extend(name.size() + 1));
  *(names_.end() - 1) = '\0';

  // O_NONBLOCK: a FIFO that took a message's name must not stop us.
  const auto fd = base::try_open(path(message).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd && !is_lasting(errno) && errno != ENOENT && errno != ENXIO)
    base::fail("open", path(message).view());
  struct stat status {};
  if (fd && ::fstat(fd.get(), &status) != 0) base::fail("stat", path(message).view());
  static char buffer[piece_size];
  const auto file_size = static_cast<std::uint64_t>(status.st_size);
  std::optional<std::uint64_t> wire_size;
  if (fd && S_ISREG(status.st_mode)) wire_size = measure(fd.get(), file_size, buffer);
  if (!wire_size) {
    names_.shorten(message.name);
    ++passed_over_;
    return;
  }
  messages_.push({*wire_size, file_size, message.name, 0, folder});
}

// A total order, and the same one every session: delivery time, then name. A message keeps its
// place when its flags change or when it moves from new/ to cur/.
void Mailbox::put_in_order() {
  std::sort(messages_.begin(), messages_.end(), [this](const Message& a, const Message& b) {
    const auto name_a = file_name(a), name_b = file_name(b);
    const auto time_a = time_prefix(name_a), time_b = time_prefix(name_b);
    if (time_a != time_b) return time_a < time_b;
    const int order = unique_name(name_a).compare(unique_name(name_b));
    if (order != 0) return order < 0;
    return a.folder != b.folder ? a.folder < b.folder : name_a < name_b;
  });
  for (std::size_t i = 1; i < messages_.size(); ++i)
    if (unique_name(file_name(messages_[i])) == unique_name(file_name(messages_[i - 1])))
      messages_[i].copy = messages_[i - 1].copy + 1;
}

std::string_view Mailbox::file_name(const Message& message) const {
  return names_.begin() + message.name;
}

Uidl Mailbox::uidl(const Message& message) const {
  return maildir::uidl(file_name(message), message.copy);
}

Mailbox::Path Mailbox::path(const Message& message) const {
  Path path;
  path << directory(message.folder) << file_name(message);
  return path;
}

std::optional<base::UniqueFd> Mailbox::open_message(const Message& message) const {
  auto fd = base::try_open(path(message).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<std::uint64_t>(status.st_size) != message.file_size)
    return {};
  return fd;
}

Mailbox::Removed Mailbox::remove(const Message& message) const {
  if (::unlink(path(message).c_str()) == 0) return Removed::yes;
  return errno == ENOENT ? Removed::gone_already : Removed::failed;
}

}  // namespace maildir
