// SPDX-License-Identifier: ISC
// Log lines about clients that were refused: one now and then, with their number, since a flood
// of clients must not be a flood of lines.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/log.h"

namespace tls {

class QuotaLog {
 public:
  void refused(std::string_view limit, std::int64_t now_ms) {
    ++count_;
    if (last_ms_ != 0 && now_ms - last_ms_ < interval_ms) return;
    base::LogLine("tlsd", "refused").field("limit", limit).field("count", count_).write();
    last_ms_ = now_ms;
    count_ = 0;
  }

 private:
  static constexpr std::int64_t interval_ms = 10000;
  std::int64_t last_ms_ = 0;
  unsigned count_ = 0;
};

}  // namespace tls
