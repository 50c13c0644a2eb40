// SPDX-License-Identifier: ISC
// The UPDATE state (RFC 1939 s.6) on a Maildir: what QUIT does to the files, and the index that is
// written once the client has its answer.
#pragma once

#include <cstdint>
#include <optional>

#include "base/array.h"
#include "maildir/mailbox.h"
#include "maildir/marks.h"
#include "maildir/watch.h"

namespace maildir {

enum class DeleteBy : std::uint8_t { unlink, trash };

struct UpdateSettings {
  DeleteBy delete_by = DeleteBy::unlink;
  bool mark_seen = true;  // what RETR sent whole gets the flag S
  bool move_new = true;   // what is in new/ and stays goes to cur/, as qmail-pop3d has it
  bool sync = false;      // all that on the disk (fsync) before run() ends
};

class Update {
 public:
  Update(Mailbox& mailbox, const UpdateSettings& settings) : mailbox_(mailbox), settings_(settings) {}

  // Removes DELETED, flags RETRIEVED, empties new/ into cur/. A message is never overwritten, and
  // flags that another program set meanwhile stay. Gives the number of messages with which it
  // could not be done, or is perhaps not on the disk. What is gone already is done.
  std::uint64_t run(const Marks& deleted, const Marks& retrieved);

  // Writes the index if it is worth it. Waits for a clock tick where run() changed something:
  // call it when the client has its answer and the lock is gone.
  void store_index() noexcept;

  std::uint64_t deleted() const { return removed_.size(); }
  const base::Array<std::size_t>& removed() const { return removed_; }  // in order
  std::int64_t took_ms() const { return took_ms_; }  // run()
  bool has_changed() const { return changed_; }

 private:
  enum class Done { yes, gone, failed };
  struct Renamed {
    std::size_t index;
    std::size_t name_at;
  };

  Done remove(std::size_t i);
  int to_trash(const Mailbox::Whereabouts& at);
  Done to_cur(std::size_t i, bool seen);
  bool is_seen(std::size_t i);  // and in cur/: RETR changes nothing
  bool sync() const;
  template <typename Action>
  Done with_file(std::size_t i, Action action);
  Image updated_image();
  Sources sources_now();

  Mailbox& mailbox_;
  const UpdateSettings settings_;
  base::Array<Renamed> renamed_;
  base::Array<char> names_;
  std::optional<Watch> watch_;
  Sources before_;                 // stamps when the watch had begun and we had not
  base::Array<std::size_t> removed_;
  int readings_ = 0;  // of the directories, for files that were not where they had been
  std::uint64_t quota_octets_ = 0, quota_messages_ = 0;
  std::int64_t took_ms_ = 0;
  bool changed_ = false, has_trash_ = false;
  bool is_broken_off_ = false;  // run() did things of which there is no record
};

}  // namespace maildir
