// SPDX-License-Identifier: ISC
#include "maildir/mailbox.h"

#include <algorithm>

#include "base/failure.h"
#define XXH_INLINE_ALL
#include "maildir/id_set.h"
#include "maildir/make_image.h"
#include "maildir/uidl_map.h"

namespace maildir {

Opened Mailbox::open(SizePolicy policy, bool use_index) {
  use_index_ = use_index;
  // The clock first: what it shows must not be later than the stamps' reading.
  const auto now = stamping_clock_ns();
  login_ = read_sources(policy);
  sources_ = login_;
  auto loaded = use_index ? IndexFile::load() : std::nullopt;
  const bool has_sizes = loaded && loaded->sources.policy == policy;

  if (has_sizes && loaded->sources.map == login_.map && login_.cur.exists() &&
      loaded->sources.cur == login_.cur)
    try {
      base_ = std::move(loaded->image);
      if (login_.new_mail.exists() && loaded->sources.new_mail == login_.new_mail) {
        single_segment();
        return Opened::good;
      }
      sources_.new_mail = believable(login_.new_mail, now);
      is_stale_ = add_new_mail();
      return login_.new_mail.exists() ? Opened::good : Opened::missing;
    } catch (const Corrupt&) {
      base_ = Image();
    } catch (const Odd&) {
      loaded->image = std::move(base_);
    }
  is_stale_ = true;
  if (has_sizes) try {
      return read_all(&loaded->image);
    } catch (const Corrupt&) {
    }
  return read_all(nullptr);
}

// A file that is not any more where it was listed is not left out, but looked for in another
// reading, as long as there is anything to be seen of a change. What a restless Maildir has given is not
// believed.
Opened Mailbox::read_all(const Image* known) {
  constexpr int most_readings = 20;  // each time fewer files are left to be measured, and it is faster
  Reading reading;
  Image last_round;  // whose sizes need not be read again
  for (int readings = 1;; ++readings) {
    const auto opened = reading.read(sources_.policy);
    const auto& listing = reading.listing();
    const auto now = reading.began_ns();
    login_ = reading.sources();
    sources_.new_mail = reading.stood_still() ? believable(login_.new_mail, now) : Stamp::never();
    sources_.cur = reading.stood_still() ? believable(login_.cur, now) : Stamp::never();
    sources_.map = login_.map.exists() ? believable(login_.map, now) : login_.map;
    auto made = make_image(listing, known, sources_.policy);
    if (made.passed_over != 0 && readings < most_readings && !same_stamps(read_sources(sources_.policy), login_)) {
      last_round = std::move(made.image);
      known = &last_round;
      continue;
    }
    passed_over_ = listing.passed_over();
    pass_over(made.passed_over);
    // Which copy has which id depends on all that are there: to be worked out anew each time.
    if (made.has_copies) sources_.new_mail = sources_.cur = Stamp::never();
    base_ = std::move(made.image);
    single_segment();
    return opened;
  }
}

// Files that look like messages, but could not be opened: a change of mode, which no directory
// shows, may make messages of them.
void Mailbox::pass_over(std::size_t files) {
  passed_over_ += files;
  if (files != 0) sources_.new_mail = sources_.cur = Stamp::never();
}

void Mailbox::single_segment() {
  segments_.clear();
  segments_.push({0, 0, &base_});
  size_ = base_.size();
  octets_ = base_.octets();
}

// The position before which a message of that name stands, or would.
std::size_t Mailbox::position_of(std::string_view name) const {
  std::size_t low = 0, high = base_.size();
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (compare_names(base_.name(base_.record(middle)), name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// cur/ is as the index has it, new/ is not: adds what came, takes away what went. Tells whether
// the index should be written anew. Throws Odd where only a reading of all can tell.
bool Mailbox::add_new_mail() {
  Listing listing;
  if (listing.scan(Folder::new_mail) == Opened::unreadable) throw Odd{};
  // If mail came, or went to cur/, while we read: then that belongs to this session too.
  if (!same_stamps(read_sources(sources_.policy), login_)) throw Odd{};
  listing.sort();
  passed_over_ = listing.passed_over();
  const UidlMap map = login_.map.exists() && listing.size() != 0 ? UidlMap(UidlMap::file_name) : UidlMap();
  const Directory directory(Folder::new_mail);
  // Ids that the index has for messages whose names say others: no new one may get them.
  IdSet kept(base_.has_kept_ids() && listing.size() != 0 ? base_.size() : 0);
  for (std::size_t i = 0; base_.has_kept_ids() && listing.size() != 0 && i < base_.size(); ++i)
    if (const auto id = base_.uidl(base_.record(i)); !id.empty()) kept.add(id);

  base::Array<std::uint32_t> before, present;  // positions in base_
  Image added;
  for (std::size_t i = 0; i < listing.size(); ++i) {
    const auto& found = listing[i];
    const auto name = listing.name(found);
    const auto position = position_of(name);
    if (position < base_.size()) {
      const auto& record = base_.record(position);
      if (compare_names(base_.name(record), name) == 0) {
        if (record.folder != Folder::new_mail || record.inode != found.inode ||
            base_.name(record) != name)
          throw Odd{};
        present.push(static_cast<std::uint32_t>(position));
        continue;
      }
    }
    // A copy of the one before it; or one whose id is not the one that its name says.
    if (i > 0 && compare_names(listing.name(listing[i - 1]), name) == 0) throw Odd{};
    const auto id = maildir::uidl(name, 0);
    if (kept.has(id.view()) || map.gives(id.view()) || !map.find(unique_name(name)).empty()) throw Odd{};
    const auto measured = measure(directory.fd(), name.data(), sources_.policy);
    if (!measured) {
      if (!same_stamps(read_sources(sources_.policy), login_)) throw Odd{};  // it was moved
      pass_over(1);
      continue;
    }
    added.append(record_of(*measured, found), name, id.view() == unique_name(name) ? std::string_view() : id.view());
    before.push(static_cast<std::uint32_t>(position));
  }
  added.finish();
  base::Array<std::uint32_t> removed;
  for (std::size_t i = 0; i < base_.new_count(); ++i) {
    const auto position = base_.new_position(i);
    if (!std::binary_search(present.begin(), present.end(), position)) removed.push(position);
  }
  added_ = std::move(added);
  overlay(before, removed);
  // Where new/ is kept full, its stamp is worth a writing of the index too.
  constexpr std::size_t many = 100;
  return !before.empty() || !removed.empty() || (base_.new_count() > many && sources_.new_mail != Stamp::never());
}

// Numbers the messages: base_ without REMOVED, each of added_ standing before its position.
void Mailbox::overlay(const base::Array<std::uint32_t>& before, const base::Array<std::uint32_t>& removed) {
  single_segment();
  if (before.empty() && removed.empty()) return;
  segments_.clear();
  std::size_t number = 0, position = 0, a = 0, r = 0;
  const auto pass_to = [&](std::size_t end) {
    if (position < end) segments_.push({number, position, &base_});
    number += end - position;
    position = end;
  };
  while (a < before.size() || r < removed.size()) {
    if (r == removed.size() || (a < before.size() && before[a] <= removed[r])) {
      pass_to(before[a]);
      segments_.push({number++, a++, &added_});
    } else {
      pass_to(removed[r]);
      octets_ -= base_.record(removed[r++]).wire_size;
      ++position;
    }
  }
  pass_to(base_.size());
  octets_ += added_.octets();
  size_ = number;
}

Mailbox::Place Mailbox::place(std::size_t i) const {
  if (segments_.size() == 1) return {segments_[0].image, segments_[0].start + i};
  const auto after = std::upper_bound(segments_.begin(), segments_.end(), i,
                                      [](std::size_t number, const Segment& s) { return number < s.first; });
  const auto& segment = *(after - 1);
  return {segment.image, segment.start + (i - segment.first)};
}

const Record& Mailbox::record(std::size_t i) const {
  const auto [image, position] = place(i);
  return image->record(position);
}

std::string_view Mailbox::name(std::size_t i) const {
  const auto [image, position] = place(i);
  return image->name(image->record(position));
}

std::string_view Mailbox::kept_uidl(std::size_t i) const {
  const auto [image, position] = place(i);
  return image->uidl(image->record(position));
}

Uidl Mailbox::uidl(std::size_t i) const {
  const auto kept = kept_uidl(i);
  return Uidl(kept.empty() ? unique_name(name(i)) : kept);
}

void Mailbox::collect_new(base::Array<std::size_t>& messages) {
  try {
    collect_new_unguarded(messages);
  } catch (const Corrupt&) {
    recover();
    messages.clear();
    collect_new_unguarded(messages);
  }
}

void Mailbox::collect_new_unguarded(base::Array<std::size_t>& messages) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const auto& segment = segments_[s];
    const auto size = (s + 1 < segments_.size() ? segments_[s + 1].first : size_) - segment.first;
    const auto& image = *segment.image;
    for (std::size_t i = 0; i < image.new_count(); ++i) {
      const std::size_t position = image.new_position(i);
      if (position >= segment.start && position - segment.start < size)
        messages.push(segment.first + position - segment.start);
    }
  }
}

template <typename Check>
void Mailbox::guarded(Check check) {
  try {
    check();
  } catch (const Corrupt&) {
    recover();
  }
}
void Mailbox::prepare(std::size_t i) {
  guarded([&] { (void)uidl(i), (void)name(i); });
}
void Mailbox::prepare_sizes() {
  guarded([&] { base_.check_records(); });
}
void Mailbox::prepare_all() {
  guarded([&] { base_.check_all(); });
}

// A block of the index is bad. If the directories still are what they were at login, reading them
// gives the very messages that the numbers stand for.
void Mailbox::recover() {
  const auto size = size_;
  const auto octets = octets_;
  distrust_index();
  if (!same_stamps(read_sources(sources_.policy), login_)) throw base::Failure("the index is damaged");
  read_all(nullptr);
  if (size_ != size || octets_ != octets) throw base::Failure("the index is damaged");
}

void Mailbox::distrust_index() {
  IndexFile::remove();
  sources_.new_mail = sources_.cur = Stamp::never();
  use_index_ = false;
}

}  // namespace maildir
