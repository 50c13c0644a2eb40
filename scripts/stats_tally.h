// SPDX-License-Identifier: ISC
// All that is counted of a log, line by line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "scripts/stats_counts.h"
#include "scripts/stats_line.h"
#include "scripts/stats_time.h"

namespace stats {

struct UserCounts {
  std::uint64_t logins = 0, sessions = 0, messages = 0, octets = 0;
};
struct AddressCounts {
  std::uint64_t logins = 0, sessions = 0, octets = 0, refused = 0;
};
struct NameCounts {
  std::uint64_t refused = 0;
};

class Tally {
 public:
  explicit Tally(Moment now) : stamps_(now) {}

  // LINE without its LF.
  void add(std::string_view line);
  void add_too_long() { ++lines, ++malformed; }

  std::uint64_t lines = 0, events = 0, other = 0, malformed = 0;
  std::optional<Moment> first, last;  // earliest and latest

  // In pairs of words, with a NUL between: how (auth=), and the version of TLS, or "".
  Words logins;
  Words refused;   // by reason
  Words ended;     // connections without a login, by reason
  Words sessions;  // by how they ended
  Words others;    // events of all other kinds, "program event"
  std::uint64_t retrieved = 0, topped = 0, deleted = 0, octets = 0, wrong_sizes = 0;
  std::uint64_t connections = 0, denied = 0, most_at_once = 0;  // tcpserver's

  // An entry is of about 120 octets.
  Table<UserCounts> users{1000000};  // who logged in
  Table<AddressCounts> addresses{1000000};
  Table<NameCounts> tried{100000};  // names whose login was refused

  Histogram session_ms;                                 // from event=login to event=logout
  std::map<std::string, Histogram, std::less<>> times;  // fields ms and X-ms, by "event field"
  Series series;

 private:
  void count(const Event& event);
  void count_login(const Event& event);
  void count_logout(const Event& event);
  void count_refused(const Event& event);
  void count_times(const Event& event);
  void count_listener(std::string_view line);
  Series::Interval* interval() { return moment_ ? &series.at(*moment_) : nullptr; }

  Stamps stamps_;
  std::optional<Moment> moment_;  // of the line
  // When each session began that has not ended yet.
  static constexpr std::size_t most_open = 1000000;
  std::unordered_map<std::string, Moment, Hash, std::equal_to<>> open_;
};

}  // namespace stats
