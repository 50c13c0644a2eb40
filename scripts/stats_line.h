// SPDX-License-Identifier: ISC
// A line of the log, as pop3-login(8) describes it under LOG LINES, taken apart.
//
//   @400000006b04... pop3d: event=logout session=k3v9q2m7xw user=joe ip=192.0.2.1 reason=quit ...
//   `---- stamp ---' program      name   `------------------ fields -------------------------'
//
// Or the same as an object of JSON: {"program":"pop3d","event":"logout","session":"k3v9q2m7xw",...}
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace stats {

// All views are into the line.
struct Event {
  std::string_view stamp;  // what stands before the program, its blank included: a time, or nothing
  std::string_view program, name;
  struct Field {
    std::string_view key, value;  // the value without its quotes; what is escaped stays so
  };
  static constexpr std::size_t most_fields = 32;
  std::array<Field, most_fields> fields;
  std::size_t count = 0;

  // The field's value, empty if there is none.
  std::string_view operator[](std::string_view key) const {
    for (std::size_t i = 0; i < count; ++i)
      if (fields[i].key == key) return fields[i].value;
    return {};
  }
  // As a number; 0 if there is none, or it is no number.
  std::uint64_t number(std::string_view key) const;
};

enum class Line {
  event,
  other,      // of another program, or without an event
  malformed,  // it says event=, and breaks off
};

// LINE without its LF.
Line parse_line(std::string_view line, Event& event);
// The same of a line without "event=".
Line parse_json_line(std::string_view line, Event& event);

}  // namespace stats
