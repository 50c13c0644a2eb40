// SPDX-License-Identifier: ISC
// A file in the place of popchain.uidls. The first octet says if it begins as one should; entries whose inode is less than
// 3 get that message's inode. It may tell nonsense, but the list that is stored next is right.
// covers pop3d/uidl_change.cc
#include "pop3d/uidl_change.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "tests/fuzz/require.h"
#include "tests/fuzz/scratch.h"

namespace {

constexpr std::size_t messages = 3, header_size = 16, entry_size = 16;
constexpr std::int64_t now = 1795304737;

void fill_in_inodes(std::string& file, maildir::Mailbox& mailbox) {
  for (std::size_t at = header_size; at + entry_size <= file.size(); at += entry_size) {
    std::uint64_t inode;
    std::memcpy(&inode, file.data() + at, sizeof inode);
    if (inode < messages) std::memcpy(file.data() + at, &mailbox.record(inode).inode, sizeof inode);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto home = base::open_file(".", O_RDONLY | O_DIRECTORY);
  static const Scratch scratch;
  static const bool is_made = [] {
    for (const auto folder : {"new", "cur", "tmp"}) scratch.make_directory(folder);
    for (const auto name : {"cur/1.a.h:2,S", "cur/2.b.h:2,S", "new/3.c.h"}) scratch.write(name, "a\n");
    return true;
  }();
  if (size == 0 || !is_made) return 0;
  require(::chdir(scratch.path().c_str()) == 0);
  maildir::Mailbox mailbox;
  require(mailbox.open(maildir::SizePolicy::exact, false) == maildir::Opened::good && mailbox.size() == messages);
  auto file = (data[0] & 1 ? std::string("popuidl1") : std::string()) + std::string(as_text(data + 1, size - 1));
  fill_in_inodes(file, mailbox);
  scratch.write(pop3d::UidlChange::path, file);

  pop3d::UidlChange change;
  const auto found = change.compare(mailbox, now);
  require(found.changed <= found.stayed && found.first.empty() == (found.changed == 0));
  change.store({});
  const auto again = pop3d::UidlChange().compare(mailbox, now);
  require(again.stayed == messages && again.changed == 0);
  base::Array<std::size_t> removed;
  removed.push(1);
  change.store(removed);
  require(pop3d::UidlChange().compare(mailbox, now).stayed == messages - 1);
  // To and fro: what is stored is compared with the file as it is then, not as it was first.
  pop3d::UidlChange next;
  next.compare(mailbox, now);
  next.store({});
  next.store(removed);
  require(pop3d::UidlChange().compare(mailbox, now).stayed == messages - 1);
  require(::fchdir(home.get()) == 0);
  return 0;
}
