// SPDX-License-Identifier: ISC
#include "pop3d/uidl_change.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/failure.h"
#include "base/fd.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace pop3d {

namespace {

constexpr std::string_view magic = "popuidl1";
constexpr std::size_t header_size = 16, entry_size = 16, largest_file = 512 << 20;

struct Stored {
  std::uint64_t inode, hash;
};

// The file's content; empty if there is none of the right form.
base::Array<char> read_before() {
  base::Array<char> content;
  const auto fd = base::try_open(UidlChange::path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return content;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < header_size || size > largest_file || (size - header_size) % entry_size != 0) return content;
  char* const to = content.extend(size);
  if (base::read_all(fd.get(), {to, size}) != size || std::string_view(to, magic.size()) != magic) content.clear();
  return content;
}

std::size_t count_of(const base::Array<char>& content) {
  return content.empty() ? 0 : (content.size() - header_size) / entry_size;
}
Stored stored(const base::Array<char>& content, std::size_t i) {
  Stored entry;
  std::memcpy(&entry, content.begin() + header_size + i * entry_size, sizeof entry);
  return entry;
}

void put(base::Array<char>& content, const void* from, std::size_t size) {
  std::memcpy(content.extend(size), from, size);
}

// By open() and rename(), which the sandbox knows: unlike maildir/replace_file.h.
void replace(std::string_view content) {
  base::Text<64> temporary;
  temporary << "tmp/popchain.uidls." << ::getpid();
  ::unlink(temporary.c_str());
  const auto fd = base::open_file(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!base::try_write_all(fd.get(), content) || ::rename(temporary.c_str(), UidlChange::path) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    errno = error;
    base::fail("write", UidlChange::path);
  }
}

}  // namespace

UidlChange::Found UidlChange::compare(maildir::Mailbox& mailbox, std::int64_t now) {
  now_ = now;
  entries_.clear();
  mailbox.prepare_all();
  mailbox.for_each([this](std::size_t i, const maildir::Record& record, const maildir::Image& image) {
    const auto id = image.sound_uidl(record);
    entries_.push({record.inode, XXH3_64bits(id.data(), id.size()), i});
  });
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.inode < b.inode; });

  before_ = read_before();
  std::int64_t made = 0;
  if (!before_.empty()) std::memcpy(&made, before_.begin() + magic.size(), sizeof made);
  Found found;
  std::size_t first = mailbox.size(), i = 0;
  for (std::size_t old = 0; old < count_of(before_); ++old) {
    const auto was = stored(before_, old);
    while (i < entries_.size() && entries_[i].inode < was.inode) ++i;
    if (i == entries_.size()) break;
    if (entries_[i].inode != was.inode) continue;
    if (entries_[i].hash == was.hash) {
      ++found.stayed;
      continue;
    }
    struct stat status;
    std::uint64_t size;
    const auto fd = mailbox.open_message(entries_[i].message, size);
    if (!fd || ::fstat(fd->get(), &status) != 0 || status.st_mtime >= made) continue;
    ++found.stayed;
    ++found.changed;
    first = std::min(first, entries_[i].message);
  }
  if (found.changed != 0) found.first = mailbox.uidl(first);
  return found;
}

void UidlChange::store(const base::Array<std::size_t>& removed) {
  base::Array<std::size_t> gone;
  for (const auto message : removed) gone.push(message);
  std::sort(gone.begin(), gone.end());
  base::Array<char> content;
  put(content, magic.data(), magic.size());
  put(content, &now_, sizeof now_);
  for (const auto& entry : entries_) {
    if (std::binary_search(gone.begin(), gone.end(), entry.message)) continue;
    const Stored stored{entry.inode, entry.hash};
    put(content, &stored, sizeof stored);
  }
  const bool is_same = content.size() == before_.size() &&
                       std::memcmp(content.begin() + header_size, before_.begin() + header_size,
                                   content.size() - header_size) == 0;
  if (is_same) return;
  replace({content.begin(), content.size()});
  before_ = std::move(content);
}

}  // namespace pop3d
