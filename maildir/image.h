// SPDX-License-Identifier: ISC
// The sorted list of a mailbox's messages, as memory of our own or as an index file that is
// mapped. Both look alike: an array of records, then the positions of those that are in new/, then
// the text that the records point into.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/array.h"
#include "maildir/directory.h"

namespace maildir {

struct Record {
  std::uint64_t wire_size;  // octets announced: by the policy that the image was made with
  std::uint64_t file_size;  // octets on disk, or unknown_size
  std::uint64_t inode;
  std::uint32_t name_at;  // its file name, ended by a NUL, in the text
  std::uint32_t uidl_at;  // its unique-id there, if uidl_size is not 0; else the unique name is it
  std::uint8_t name_size;
  std::uint8_t unique_size;  // octets of the unique name, with which the file name begins
  std::uint8_t uidl_size;
  Folder folder;
  std::uint8_t reserved[4];
};
static_assert(sizeof(Record) == 40);

// A block of a mapped file is not what was written. Caught by Mailbox, which then does without.
struct Corrupt {};

class Image {
 public:
  Image() = default;
  Image(Image&& other) noexcept { swap(other); }
  Image& operator=(Image&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Image();

  std::size_t size() const { return count_; }
  std::uint64_t octets() const { return octets_; }  // the sum of all wire_size
  bool is_mapped() const { return map_ != nullptr; }

  // Each throws Corrupt if what it would give is not what was written, or not sound.
  const Record& record(std::size_t position) const;
  std::string_view name(const Record& record) const;  // ended by a NUL; views into the image
  std::string_view uidl(const Record& record) const;

  // Without checks, behind check_records() or check_all().
  const Record& sound_record(std::size_t position) const { return records_[position]; }
  std::string_view sound_uidl(const Record& record) const {
    return record.uidl_size == 0 ? std::string_view(text_ + record.name_at, record.unique_size)
                                 : std::string_view(text_ + record.uidl_at, record.uidl_size);
  }

  std::size_t new_count() const { return new_count_; }
  bool has_kept_ids() const { return kept_ids_ != 0; }  // records with a unique-id of their own
  std::uint32_t new_position(std::size_t i) const;
  void check_all() const;
  void check_records() const;

  // --- making one of our own: append in order, then finish -------------------------------
  void append(Record record, std::string_view name, std::string_view uidl);
  void finish();

  // --- the file: see index_file.cc ---------------------------------------------------------
  std::string_view body(int part) const;  // records, positions, text: as they are to be written

 private:
  friend class IndexFile;
  void swap(Image& other) noexcept;
  void check(const void* at, std::size_t size) const;

  // Where things are, whoever owns them.
  const Record* records_ = nullptr;
  const std::uint32_t* new_positions_ = nullptr;
  const char* text_ = nullptr;
  std::size_t count_ = 0, new_count_ = 0, text_size_ = 0, kept_ids_ = 0;
  std::uint64_t octets_ = 0;

  // Our own.
  base::Array<Record> own_records_;
  base::Array<std::uint32_t> own_positions_;
  base::Array<char> own_text_;

  // Mapped: the file, and which blocks of its body were found good.
  const char* map_ = nullptr;
  std::size_t map_size_ = 0, body_size_ = 0;
  mutable base::Array<bool> good_;
  mutable bool is_sound_ = false;
};

// The order of messages: time, then unique name, then what tells copies apart. Total, and the
// same every session; a change of flags or of folder does not change a message's place.
int compare_names(std::string_view a, std::string_view b);

}  // namespace maildir
