// SPDX-License-Identifier: ISC
// uidl.map, a file in a Maildir: unique-ids that messages keep from the server before us. pop3d
// reads no other such file at login; maildir-uidl(8) fills it, once.
//
//   1700000000.M1P2.host,S=321<TAB>UID17-1100000000
//
// A line for each message whose id is not the one that its name gives (maildir/name.h): the
// unique name, which is the file name up to its first colon; a tab; the id; LF or CRLF, which the
// last line may lack. The tab is the line's last: an id has none. The order is free. Lines for
// messages that are gone do no harm: a message that comes back from a backup has its id again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/array.h"

namespace maildir {

// RFC 1939 s.7: 1 to 70 octets of 0x21 to 0x7E.
bool is_uidl(std::string_view text);

// Several hundred octets for each of a million messages: what is larger is no such file.
constexpr std::size_t max_list_size = 256 << 20;

// Reads the file at PATH whole into CONTENT; false if there is none. Throws if it is no regular
// file, or is larger than max_list_size, or the machine fails.
bool read_list(const char* path, base::Array<char>& content);

// Cuts text into lines.
class ListLines {
 public:
  explicit ListLines(std::string_view text) : rest_(text) {}

  // The next line without its LF or CRLF, as a view into the text; false at the end.
  bool next(std::string_view& line);
  std::size_t number() const { return number_; }  // of that line, from 1
  bool is_whole() const { return is_whole_; }     // it had its LF

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
  bool is_whole_ = true;
};

// The map in memory. Owns the file's content; what it gives are views into itself.
class UidlMap {
 public:
  static constexpr const char* file_name = "uidl.map";

  UidlMap() = default;
  // Reads the file at PATH; without one, the map is empty. Throws as read_list does.
  explicit UidlMap(const char* path);
  // Takes over what would be the file's content. Throws if that is larger than max_list_size.
  explicit UidlMap(base::Array<char> content);

  // The id of the message with this unique name; empty if it is not in the map.
  std::string_view find(std::string_view unique_name) const;

  // True if the map gives this id to a message. No other may have it then, though its name says so.
  bool gives(std::string_view uidl) const;

  std::size_t size() const { return by_name_.size(); }

  struct Entry {
    std::string_view unique_name, uidl;
  };
  Entry operator[](std::size_t i) const;  // in the order of names

  // Lines that do not count: without a tab; with an id that is none; with a name that is empty or
  // holds a slash; with a name that an earlier line has; of the rest, with an id that an earlier
  // line has.
  std::size_t malformed() const { return malformed_; }

 private:
  // Where a line's parts stand in content_.
  struct Line {
    std::uint32_t name, name_size, id, id_size;
  };
  std::string_view name(const Line& line) const {
    return {content_.begin() + line.name, line.name_size};
  }
  std::string_view id(const Line& line) const { return {content_.begin() + line.id, line.id_size}; }
  void parse();
  void put_in_order();

  base::Array<char> content_;
  base::Array<Line> by_name_, by_id_;  // the same lines, sorted
  std::size_t malformed_ = 0;
};

}  // namespace maildir
