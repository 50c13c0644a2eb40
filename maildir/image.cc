// SPDX-License-Identifier: ISC
#include "maildir/image.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/failure.h"
#include "maildir/index_file.h"
#include "maildir/name.h"

namespace maildir {

Image::~Image() {
  if (map_) ::munmap(const_cast<char*>(map_), map_size_);
}

void Image::swap(Image& other) noexcept {
  std::swap(records_, other.records_);
  std::swap(new_positions_, other.new_positions_);
  std::swap(text_, other.text_);
  std::swap(count_, other.count_);
  std::swap(new_count_, other.new_count_);
  std::swap(text_size_, other.text_size_);
  std::swap(kept_ids_, other.kept_ids_);
  std::swap(octets_, other.octets_);
  std::swap(own_records_, other.own_records_);
  std::swap(own_positions_, other.own_positions_);
  std::swap(own_text_, other.own_text_);
  std::swap(map_, other.map_);
  std::swap(map_size_, other.map_size_);
  std::swap(body_size_, other.body_size_);
  std::swap(good_, other.good_);
  std::swap(is_sound_, other.is_sound_);
}

// Checks each block that the octets lie in, once.
void Image::check(const void* at, std::size_t size) const {
  if (!map_) return;
  const auto begin = static_cast<std::size_t>(static_cast<const char*>(at) - IndexFile::body_of(map_));
  if (begin > body_size_ || size > body_size_ - begin) throw Corrupt{};
  if (size == 0) return;
  for (auto block = begin / IndexFile::block_size; block <= (begin + size - 1) / IndexFile::block_size; ++block) {
    if (good_[block]) continue;
    if (!IndexFile::is_block_good(map_, map_size_, body_size_, block)) throw Corrupt{};
    good_[block] = true;
  }
}

const Record& Image::record(std::size_t position) const {
  if (position >= count_) base::bug("image: no such position");
  check(records_ + position, sizeof(Record));
  return records_[position];
}

std::string_view Image::name(const Record& record) const {
  const std::size_t size = record.name_size;
  if (record.name_at > text_size_ || size + 1 > text_size_ - record.name_at) throw Corrupt{};
  check(text_ + record.name_at, size + 1);
  if (text_[record.name_at + size] != '\0' || record.unique_size > size) throw Corrupt{};
  return {text_ + record.name_at, size};
}

std::string_view Image::uidl(const Record& record) const {
  const std::size_t size = record.uidl_size;
  if (record.uidl_at > text_size_ || size > text_size_ - record.uidl_at) throw Corrupt{};
  check(text_ + record.uidl_at, size);
  return {text_ + record.uidl_at, size};
}

std::uint32_t Image::new_position(std::size_t i) const {
  check(new_positions_ + i, sizeof *new_positions_);
  if (new_positions_[i] >= count_) throw Corrupt{};
  return new_positions_[i];
}

void Image::check_records() const { check(records_, count_ * sizeof(Record)); }

// Checksums tell what was written; that what was written is sound, the bounds do. Once.
void Image::check_all() const {
  if (!map_ || is_sound_) return;
  check(IndexFile::body_of(map_), body_size_);
  for (std::size_t i = 0; i < count_; ++i) {
    const auto& r = records_[i];
    if (std::uint64_t{r.name_at} + r.name_size >= text_size_ || r.unique_size > r.name_size ||
        std::uint64_t{r.uidl_at} + r.uidl_size > text_size_ || r.uidl_size > max_uidl ||
        (r.uidl_size == 0 && r.unique_size > max_uidl) || text_[r.name_at + r.name_size] != '\0')
      throw Corrupt{};
  }
  is_sound_ = true;
}

void Image::append(Record record, std::string_view name, std::string_view uidl) {
  constexpr std::size_t most_text = std::numeric_limits<std::uint32_t>::max() - 1024;
  if (own_text_.size() > most_text || own_records_.size() > most_text)
    throw base::Failure("too many messages");
  if (record.folder == Folder::new_mail)
    own_positions_.push(static_cast<std::uint32_t>(own_records_.size()));
  record.name_at = static_cast<std::uint32_t>(own_text_.size());
  record.name_size = static_cast<std::uint8_t>(name.size());
  record.unique_size = static_cast<std::uint8_t>(unique_name(name).size());
  char* to = own_text_.extend(name.size() + 1 + uidl.size());
  std::memcpy(to, name.data(), name.size());
  to[name.size()] = '\0';
  record.uidl_at = record.name_at + static_cast<std::uint32_t>(name.size()) + 1;
  record.uidl_size = static_cast<std::uint8_t>(uidl.size());
  if (!uidl.empty()) std::memcpy(to + name.size() + 1, uidl.data(), uidl.size());
  octets_ += record.wire_size;
  kept_ids_ += !uidl.empty();
  own_records_.push(record);
}

void Image::finish() {
  records_ = own_records_.begin();
  new_positions_ = own_positions_.begin();
  text_ = own_text_.begin();
  count_ = own_records_.size();
  new_count_ = own_positions_.size();
  text_size_ = own_text_.size();
}

std::string_view Image::body(int part) const {
  switch (part) {
    case 0: return {reinterpret_cast<const char*>(records_), count_ * sizeof(Record)};
    case 1: return {reinterpret_cast<const char*>(new_positions_), new_count_ * sizeof *new_positions_};
    default: return {text_, text_size_};
  }
}

int compare_names(std::string_view a, std::string_view b) {
  const auto time_a = time_prefix(a), time_b = time_prefix(b);
  if (time_a != time_b) return time_a < time_b ? -1 : 1;
  return unique_name(a).compare(unique_name(b));
}

}  // namespace maildir
