// SPDX-License-Identifier: ISC
// What one login does about bulletins: which are pending, and how many of them this time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "maildir/bulletin_delivery.h"
#include "maildir/bulletin_list.h"
#include "maildir/bulletin_state.h"

namespace maildir {

struct BulletinSettings {
  std::uint64_t for_new_user;  // how many of the newest
  bool by_group;
  std::string_view user, host;
};
// From the environment: POP3_MAX_BULLETINS, POP3_GROUP_BULLETINS, USER. Throws base::Failure.
BulletinSettings read_bulletin_settings(std::string_view host);

class BulletinRound {
 public:
  BulletinRound(const BulletinList& list, const BulletinState& state, BulletinDelivery& delivery,
                const BulletinSettings& settings)
      : list_(list), state_(state), delivery_(delivery), settings_(settings) {}

  // Delivers what is pending, the oldest first, within bounds. Logs what it has done, and each
  // bulletin that cannot be delivered. Throws where the machine fails.
  void run();

 private:
  enum class Outcome { done, not_ours, broken, stop };

  std::size_t first_for_new_user() const;
  void deliver_from(std::size_t first);
  Outcome handle(std::size_t i);
  Outcome deliver(std::size_t i);
  Audience audience(std::size_t i) const;
  void log_bulletin(std::size_t i, std::string_view key, std::string_view what);
  void log_delivered() const;

  const BulletinList& list_;
  const BulletinState& state_;
  BulletinDelivery& delivery_;
  const BulletinSettings settings_;
  std::uint64_t delivered_ = 0, octets_ = 0, left_ = 0, complaints_ = 0;
};

}  // namespace maildir
