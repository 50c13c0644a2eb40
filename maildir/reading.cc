// SPDX-License-Identifier: ISC
#include "maildir/reading.h"

#include <algorithm>
#include <utility>

namespace maildir {

Opened Reading::read(SizePolicy policy) {
  constexpr int most_rounds = 5;
  // Of readings between equal stamps that are too young to be a proof.
  constexpr int enough_quiet_rounds = 2;
  listing_ = Listing();
  for (int round = 1, quiet_rounds = 0;; ++round) {
    // The clock first: what it shows must not be later than the stamps' reading.
    began_ns_ = stamping_clock_ns();
    sources_ = read_sources(policy);
    Listing fresh;
    // new/ before cur/: mail that goes from the one to the other meanwhile is seen twice, not never.
    auto opened = fresh.scan(Folder::new_mail);
    opened = std::max(opened, fresh.scan(Folder::cur));
    fresh.sort();
    const bool is_same = same_stamps(read_sources(policy), sources_);
    const bool is_proved =
        is_same && is_settled(sources_.new_mail, began_ns_) && is_settled(sources_.cur, began_ns_);
    const auto size = fresh.size();
    if (is_proved) listing_ = Listing();
    listing_.add(std::move(fresh));
    stood_still_ = is_same && listing_.size() == size;
    quiet_rounds += is_same;
    if (is_proved || quiet_rounds == enough_quiet_rounds || round == most_rounds) return opened;
  }
}

}  // namespace maildir
