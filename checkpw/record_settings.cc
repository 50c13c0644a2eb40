// SPDX-License-Identifier: ISC
#include "checkpw/record_settings.h"

#include <algorithm>
#include <set>

namespace checkpw {

namespace {

// Nothing that the programs before checkpw read, which know no login yet; and nothing, such as PATH, that is not
// popchain's own.
constexpr std::string_view names[] = {
    // checkpw
    "POP3_ENABLED", "POP3_REQUIRE",
    // links
    "POP3_LOGIN_DELAY", "POP3_EXPIRE", "POP3_MAX_BULLETINS", "POP3_GROUP_BULLETINS", "POP3_POPBULL_DIR", "RELAY_CTRL_DIR",
    // the mailbox
    "POP3_MAILDIR_CREATE", "POP3_SIZES", "POP3_INDEX", "POP3_LOCK", "POP3_UIDL_IMPORT", "POP3_DELETE", "POP3_MARK_SEEN",
    "POP3_MOVE_NEW", "POP3_SYNC", "POP3_UPDATE_ON_ABORT", "POP3_AUTO_DELETE", "POP3_READ_ONLY",
    // the session
    "POP3_TIMEOUT", "POP3_WRITE_TIMEOUT", "POP3_BAD_COMMANDS", "POP3_COMMAND_ERROR_INTERVAL", "POP3_LANGUAGE",
    "POP3_UTF8_REQUIRED", "POP3_NO_MIME", "POP3_MANGLE", "POP3_MAIL_COMMAND", "POP3_XMIT_MAX",
    // logs
    "POP3_LOG", "POP3_LOG_LOGIN", "POP3_ACCESS_LOG", "POP3_STATISTICS", "POP3_TIMING", "POP3_LOG_DELETED",
    "POP3_LOG_UIDL_CHANGE", "POP3_TRACE",
};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::span<const std::string_view> record_setting_names() { return names; }

std::optional<std::string> check_settings(const std::vector<RecordSetting>& settings) {
  if (settings.size() > max_settings) return "too many settings";
  std::set<std::string_view> seen;
  for (const auto& [name, value] : settings) {
    if (std::find(std::begin(names), std::end(names), name) == std::end(names)) return name + " is no setting of a record";
    if (!seen.insert(name).second) return name + " is set twice";
    if (value.size() > max_setting || std::any_of(value.begin(), value.end(), is_control))
      return name + " is too long, or holds a control character";
  }
  return {};
}

std::optional<std::string_view> find_setting(const std::vector<RecordSetting>& settings, std::string_view name) {
  for (const auto& setting : settings)
    if (setting.name == name) return setting.value;
  return {};
}

}  // namespace checkpw
