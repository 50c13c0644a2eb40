// SPDX-License-Identifier: ISC
// The messages of one Maildir as they are at login: their order, sizes and unique-ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/array.h"
#include "base/fd.h"
#include "maildir/name.h"

namespace maildir {

enum class Folder : std::uint8_t { new_mail, cur };

struct Message {
  std::uint64_t wire_size;  // octets as RETR sends them, without dot-stuffing
  std::uint64_t file_size;  // octets on disk
  std::size_t name;         // where its file name begins among the mailbox's names
  std::uint32_t copy;       // 0, or its place among files with one unique name
  Folder folder;
};

// What a Maildir is when it cannot be a mailbox.
enum class Opened {
  good,
  missing,     // it, new/ or cur/ does not exist: treated as empty there
  unreadable,  // permission is missing, or something else stands in its place
};

class Mailbox {
 public:
  // Reads the Maildir at PATH, which becomes the current directory. Throws where the machine
  // fails. Files that are no messages - not regular, not readable by us, name begins with a dot
  // - are left out, and counted in passed_over.
  static Opened open(const char* path, Mailbox& mailbox);

  std::size_t size() const { return messages_.size(); }
  const Message& operator[](std::size_t i) const { return messages_[i]; }
  std::size_t passed_over() const { return passed_over_; }

  std::string_view file_name(const Message& message) const;  // views into the mailbox
  Uidl uidl(const Message& message) const;

  // Opens a message's file; nothing if it is gone, or has another size than it had at login.
  std::optional<base::UniqueFd> open_message(const Message& message) const;

  enum class Removed { yes, gone_already, failed };
  Removed remove(const Message& message) const;

 private:
  using Path = base::Text<4 + 255>;
  Path path(const Message& message) const;
  Opened scan(Folder folder);
  void consider(Folder folder, std::string_view name);
  void put_in_order();

  base::Array<Message> messages_;
  base::Array<char> names_;  // file names, each ended by a NUL
  std::size_t passed_over_ = 0;
};

}  // namespace maildir
