// SPDX-License-Identifier: ISC
// The messages of one Maildir as they are at login: order, sizes, unique-ids, fixed for the
// session. The current directory is the Maildir.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/array.h"
#include "base/fd.h"
#include "maildir/image.h"
#include "maildir/index_file.h"
#include "maildir/name.h"
#include "maildir/reading.h"

namespace maildir {

class Mailbox {
 public:
  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;  // its parts point to one another
  Mailbox& operator=(const Mailbox&) = delete;

  // Reads what the Maildir holds, from the index where it may be believed. Throws where the
  // machine fails.
  Opened open(SizePolicy policy, bool use_index);

  std::size_t size() const { return size_; }
  std::uint64_t octets() const { return octets_; }
  std::size_t passed_over() const { return passed_over_; }  // files that are no messages, if read
  SizePolicy policy() const { return sources_.policy; }

  // Make sure that what follows does not meet a bad block of the index: for one message, for the
  // sizes of all, or for all there is. Throws Failure if the index is damaged and the mailbox has
  // changed, so that nobody can know any more what its messages were.
  void prepare(std::size_t i);
  void prepare_sizes();
  void prepare_all();

  // Calls VISIT(i, record, image) for each message, in order; after prepare_sizes() or prepare_all().
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const auto& segment = segments_[s];
      const auto end = s + 1 < segments_.size() ? segments_[s + 1].first : size_;
      for (auto i = segment.first; i < end; ++i)
        visit(i, segment.image->sound_record(segment.start + (i - segment.first)), *segment.image);
    }
  }

  const Record& record(std::size_t i) const;
  std::string_view name(std::size_t i) const;  // views into the mailbox
  Uidl uidl(std::size_t i) const;
  std::string_view kept_uidl(std::size_t i) const;  // as the image keeps it: empty if the name says it
  // The messages that are recorded as being in new/, in order.
  void collect_new(base::Array<std::size_t>& messages);

  // Where a message is now: its folder and file name, which another program may have changed.
  struct Whereabouts {
    Folder folder;
    base::Text<max_file_name> name;
    base::Text<max_file_name + 4> path() const;
  };
  Whereabouts recorded(std::size_t i) const;
  // Looks for the message by its unique name and inode; nothing if it is gone.
  enum class Look {
    in_last_reading,  // of the directories by this function, however old
    if_changed,       // reads them if they have changed since
    anew,             // reads them
  };
  std::optional<Whereabouts> find_again(std::size_t i, Look look);

  // Opens a message's file, wherever it is by now. Nothing if it is gone, or is not what it was.
  std::optional<base::UniqueFd> open_message(std::size_t i, std::uint64_t& file_size);

  // What has been learned since the index was written; and the sources it would be true for.
  bool is_index_stale() const { return is_stale_; }
  const Sources& sources() const { return sources_; }
  bool uses_index() const { return use_index_; }
  void distrust_index();  // something was not as recorded: the next session reads anew

 private:
  struct Segment {
    std::size_t first;  // the number (from 0) of its first message
    std::size_t start;  // and that message's position in the image
    const Image* image;
  };
  struct Place {
    const Image* image;
    std::size_t position;
  };
  struct Odd {};  // what is in new/ does not fit the index: read all

  Place place(std::size_t i) const;
  void collect_new_unguarded(base::Array<std::size_t>& messages) const;
  bool add_new_mail();
  void overlay(const base::Array<std::uint32_t>& before, const base::Array<std::uint32_t>& removed);
  Opened read_all(const Image* known);
  std::size_t position_of(std::string_view name) const;
  void single_segment();
  void pass_over(std::size_t files);
  void recover();
  template <typename Check>
  void guarded(Check check);

  Image base_;   // the index file's, or one of our own
  Image added_;  // what came into new/ since
  base::Array<Segment> segments_;
  std::size_t size_ = 0, passed_over_ = 0;
  std::uint64_t octets_ = 0;
  Sources login_;    // stamps as they were at login
  Sources sources_;  // the same, without what is not settled
  bool use_index_ = true, is_stale_ = false;
  Reading now_;  // find_again's
  Sources now_sources_;
};

}  // namespace maildir
