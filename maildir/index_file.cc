// SPDX-License-Identifier: ISC
//
// The races first, then the rules.
//
// An index is believed if new/, cur/ and uidl.map bear the stamps (device, inode, mtime, ctime)
// that they bore when the list was made. What could make that wrong:
//
//  1. A directory changes twice within one tick of the clock: both times it bears one stamp.
//  2. Mail is delivered, or flags are changed, while the directories are being read.
//  3. Our own QUIT changes the directories, and hides what another program changes meanwhile.
//  4. Two sessions work on one Maildir (the lock is switched off, or does not hold over NFS).
//  5. The clock is set back, and a directory gets a stamp that it had before.
//  6. The Maildir is copied, or restored from a backup, index and all.
//  7. A crash or a full disk leaves half a file; a disk or a person changes octets of it.
//  8. NFS gives attributes that are some seconds old.
//  9. A message is rewritten in its place: no directory changes.
//
// Rules:
//
//  a. Stamps are read before the directories are. A change during or after the reading makes a
//     later stamp, provided that the one read is settled: older than the tick (stamp.h). One that
//     is not is written as "never believe". This answers 1 and 2. (What a restless directory gives
//     the session itself: reading.h.)
//  b. What QUIT changed is written with the stamps of afterwards only if the directories bore
//     the old stamps before, and the kernel (inotify) saw no change but our own until the new
//     stamps, settled too, were read (watch.h). On a network file system, whose other users
//     inotify does not see, never. This answers 3; and 4, where the other session is the other.
//  c. The file is replaced by rename, so a reader has one whole file. Who writes later wins; what
//     he writes is true for the stamps that he writes with it, or is not believed. (4)
//  d. A stamp from the future is not settled. That a clock set back hits the very tick again, in
//     mtime and ctime of one directory, is left as it is. (5)
//  e. Device, inode and ctime are part of the stamps: no copy and no restore has them all. (6)
//  f. The header and the block checksums have a checksum and are checked at once, each block of
//     64 KiB when it is first used. (7) A session that finds a bad block makes a list anew if the
//     stamps still are those of its login, or else ends with [SYS/TEMP].
//  g. NFS: what a stale attribute hides is mail that came within seconds, seen the next time. (8)
//  h. RETR compares the file's size with the record's and counts what it sends; where they
//     differ, the index is removed. (9)
//
// Deleting the file is safe at any moment. Truncating it under a session is not: SIGBUS ends
// that session; only the user himself can do it.
//
// Format, all numbers in the machine's own order: the header, padded to 4096 octets; the body:
// records, positions of those in new/, text; the checksums of the body's blocks. Version 1.
#include "maildir/index_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fd.h"
#include "base/text.h"

namespace maildir {

namespace {

constexpr char magic[16] = "popchain.index1";  // its NUL included
constexpr std::uint64_t order_mark = 0x0102030405060708;
// Below this all is checked at once: it costs less than a message's reading.
constexpr std::size_t small_body = 1 << 20;

struct Header {
  char magic[16];
  std::uint64_t order;
  std::uint64_t count, new_count, text_size, octets, kept_ids;
  std::uint64_t policy;
  Stamp new_mail, cur, map;
  std::uint64_t table_checksum;  // of the block checksums
  std::uint64_t header_checksum; // of all above
};
static_assert(sizeof(Header) <= IndexFile::header_size && sizeof(Stamp) == 32);

std::uint64_t checksum(const void* at, std::size_t size) { return XXH3_64bits(at, size); }
std::uint64_t header_checksum(const Header& header) {
  return checksum(&header, offsetof(Header, header_checksum));
}

std::size_t body_size_of(const Header& header) {
  return header.count * sizeof(Record) + header.new_count * sizeof(std::uint32_t) + header.text_size;
}
std::size_t block_count(std::size_t body_size) {
  return (body_size + IndexFile::block_size - 1) / IndexFile::block_size;
}
std::size_t table_at(std::size_t body_size) { return (IndexFile::header_size + body_size + 7) / 8 * 8; }

bool is_header_good(const Header& header, std::size_t file_size) {
  constexpr std::uint64_t most = std::uint64_t{1} << 36;  // keeps the sums below from overflowing
  if (std::memcmp(header.magic, magic, sizeof magic) != 0 || header.order != order_mark ||
      header.header_checksum != header_checksum(header))
    return false;
  if (header.count > most || header.new_count > header.count || header.text_size > most) return false;
  const auto body_size = body_size_of(header);
  return file_size == table_at(body_size) + block_count(body_size) * sizeof(std::uint64_t);
}

}  // namespace

Sources read_sources(SizePolicy policy) {
  return {read_stamp("new"), read_stamp("cur"), read_stamp("uidl.map"), policy};
}

bool same_stamps(const Sources& a, const Sources& b) {
  return a.new_mail == b.new_mail && a.cur == b.cur && a.map == b.map;
}

bool IndexFile::is_block_good(const char* map, std::size_t map_size, std::size_t body_size, std::size_t block) {
  const auto table = reinterpret_cast<const std::uint64_t*>(map + table_at(body_size));
  if (table_at(body_size) + (block + 1) * sizeof *table > map_size) return false;
  const std::size_t begin = block * block_size;
  const std::size_t size = std::min(block_size, body_size - begin);
  return table[block] == checksum(body_of(map) + begin, size);
}

std::optional<IndexFile::Loaded> IndexFile::load() {
  const auto fd = base::try_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size < static_cast<off_t>(header_size) || status.st_uid != ::geteuid())
    return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const map = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (map == MAP_FAILED) return {};

  Loaded loaded;
  Image& image = loaded.image;
  image.map_ = static_cast<const char*>(map);
  image.map_size_ = size;
  Header header;
  std::memcpy(&header, map, sizeof header);
  if (!is_header_good(header, size)) return {};
  const auto body_size = body_size_of(header);
  const auto blocks = block_count(body_size);
  if (checksum(image.map_ + table_at(body_size), blocks * sizeof(std::uint64_t)) != header.table_checksum)
    return {};

  const char* const body = body_of(image.map_);
  image.records_ = reinterpret_cast<const Record*>(body);
  image.new_positions_ =
      reinterpret_cast<const std::uint32_t*>(body + header.count * sizeof(Record));
  image.text_ = body + body_size - header.text_size;
  image.count_ = header.count;
  image.new_count_ = header.new_count;
  image.text_size_ = header.text_size;
  image.octets_ = header.octets;
  image.kept_ids_ = header.kept_ids;
  image.body_size_ = body_size;
  std::fill_n(image.good_.extend(blocks), blocks, false);
  loaded.sources = {header.new_mail, header.cur, header.map, static_cast<SizePolicy>(header.policy)};
  if (body_size <= small_body) {
    try {
      image.check_all();
    } catch (const Corrupt&) {
      return {};
    }
  }
  return loaded;
}

namespace {

// Gathers the file and its checksums, and writes in large pieces.
class Writer {
 public:
  explicit Writer(int fd) : fd_(fd) {}

  bool put(std::string_view data) {
    while (!data.empty()) {
      const auto fits = std::min(data.size(), IndexFile::block_size - block_.size());
      std::memcpy(block_.extend(fits), data.data(), fits);
      data.remove_prefix(fits);
      if (block_.size() == IndexFile::block_size && !end_block()) return false;
    }
    return true;
  }
  bool end_block() {
    if (block_.empty()) return true;
    sums_.push(checksum(block_.begin(), block_.size()));
    size_ += block_.size();
    const bool good = base::try_write_all(fd_, {block_.begin(), block_.size()});
    block_.clear();
    return good;
  }
  // Behind the body: padding, then the checksums.
  bool put_table() {
    char padding[8] = {};
    const auto gap = table_at(size_) - IndexFile::header_size - size_;
    return end_block() && base::try_write_all(fd_, {padding, gap}) && base::try_write_all(fd_, table());
  }
  std::string_view table() const {
    return {reinterpret_cast<const char*>(sums_.begin()), sums_.size() * sizeof(std::uint64_t)};
  }

 private:
  int fd_;
  std::size_t size_ = 0;
  base::Array<char> block_;
  base::Array<std::uint64_t> sums_;
};

bool write_file(int fd, const Image& image, const Sources& sources) {
  if (::lseek(fd, IndexFile::header_size, SEEK_SET) < 0) return false;
  Writer writer(fd);
  for (int part = 0; part < 3; ++part)
    if (!writer.put(image.body(part))) return false;
  if (!writer.end_block() || !writer.put_table()) return false;

  static char page[IndexFile::header_size];
  Header header{};
  std::memcpy(header.magic, magic, sizeof magic);
  header.order = order_mark;
  header.count = image.size();
  header.new_count = image.new_count();
  header.text_size = image.body(2).size();
  header.octets = image.octets();
  header.kept_ids = image.has_kept_ids();
  header.policy = static_cast<std::uint64_t>(sources.policy);
  header.new_mail = sources.new_mail;
  header.cur = sources.cur;
  header.map = sources.map;
  header.table_checksum = checksum(writer.table().data(), writer.table().size());
  header.header_checksum = header_checksum(header);
  std::memcpy(page, &header, sizeof header);
  return ::lseek(fd, 0, SEEK_SET) == 0 && base::try_write_all(fd, {page, sizeof page});
}

}  // namespace

bool IndexFile::store(const Image& image, const Sources& sources) noexcept try {
  base::Text<64> temporary;
  temporary << "tmp/popchain.index." << ::getpid();
  ::unlink(temporary.c_str());  // a crashed one's, of our pid
  const auto fd = base::try_open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!fd) {
    remove();
    return false;
  }
  // No fsync: what a power loss leaves of it has no good checksums.
  if (write_file(fd.get(), image, sources) && ::rename(temporary.c_str(), path) == 0) return true;
  ::unlink(temporary.c_str());
  remove();
  return false;
} catch (const std::exception&) {
  remove();
  return false;
}

void IndexFile::remove() noexcept { ::unlink(path); }

}  // namespace maildir
