// SPDX-License-Identifier: ISC
// Settings that a login's record holds: variables for the programs behind checkpw, in which nobody but the
// administrator has a say.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace checkpw {

constexpr std::size_t max_settings = 32;
constexpr std::size_t max_setting = 255;  // octets of a value

struct RecordSetting {
  std::string name, value;  // an empty value counts as unset, whatever the service has set
  bool operator==(const RecordSetting&) const = default;
};

// The names that a record may set, as pop3-settings(5) lists them.
std::span<const std::string_view> record_setting_names();

// What is wrong with the settings, in words; nothing if they may be stored. What a value may be says the program
// that reads it.
std::optional<std::string> check_settings(const std::vector<RecordSetting>& settings);

// The value of NAME; nothing if the settings say nothing about it.
std::optional<std::string_view> find_setting(const std::vector<RecordSetting>& settings, std::string_view name);

}  // namespace checkpw
