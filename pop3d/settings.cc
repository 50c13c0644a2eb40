// SPDX-License-Identifier: ISC
#include "pop3d/settings.h"

#include "base/env.h"
#include "base/failure.h"

namespace pop3d {

namespace {

// RFC 1939 s.3: the timer MUST be of at least 10 minutes' duration.
constexpr std::uint64_t default_timeout = 600, longest_timeout = 86400;
constexpr std::uint64_t default_bad_commands = 20;

maildir::SizePolicy read_sizes() {
  const auto value = base::get_env("POP3_SIZES");
  if (value.empty() || value == "exact") return maildir::SizePolicy::exact;
  if (value == "name") return maildir::SizePolicy::name;
  if (value == "file") return maildir::SizePolicy::file;
  throw base::Failure("POP3_SIZES", "not exact, name or file");
}

maildir::DeleteBy read_delete_by() {
  const auto value = base::get_env("POP3_DELETE");
  if (value.empty() || value == "unlink") return maildir::DeleteBy::unlink;
  if (value == "trash") return maildir::DeleteBy::trash;
  throw base::Failure("POP3_DELETE", "not unlink or trash");
}

}  // namespace

Settings read_settings() {
  Settings settings{};
  settings.timeout_ms =
      static_cast<int>(base::env_number("POP3_TIMEOUT", default_timeout, 1, longest_timeout)) * 1000;
  settings.bad_commands = base::env_number("POP3_BAD_COMMANDS", default_bad_commands, 1, 1000000);
  settings.sizes = read_sizes();
  settings.update.delete_by = read_delete_by();
  settings.update.mark_seen = base::env_switch("POP3_MARK_SEEN", true);
  settings.update.move_new = base::env_switch("POP3_MOVE_NEW", true);
  settings.use_index = base::env_switch("POP3_INDEX", true);
  settings.lock = base::env_switch("POP3_LOCK", true);
  settings.update_on_abort = base::env_switch("POP3_UPDATE_ON_ABORT", false);
  settings.create = base::env_switch("POP3_MAILDIR_CREATE", false);
  if (const auto word = base::get_env("POP3_UIDL_IMPORT"); !word.empty()) {
    settings.uidl_import = maildir::parse_uidl_import(word);
    if (!settings.uidl_import) throw base::Failure("POP3_UIDL_IMPORT", "no server of that name or format");
  }
  return settings;
}

}  // namespace pop3d
