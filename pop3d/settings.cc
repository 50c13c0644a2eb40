// SPDX-License-Identifier: ISC
#include "pop3d/settings.h"

#include <algorithm>
#include <limits>

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "pop3d/runner.h"

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

// Under a popup that does not say when it began, the connection begins with us.
std::int64_t read_deadline() {
  const auto seconds = base::env_number("POP3_CONNECTION_TIME", 0, 0, longest_timeout);
  if (seconds == 0) return 0;
  const auto now = base::now_ms();
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto started = base::env_number("POP3_STARTED", static_cast<std::uint64_t>(now), 0, most);
  return std::min(static_cast<std::int64_t>(started), now) + static_cast<std::int64_t>(seconds) * 1000;
}

// What needs a runner is not to be had without: the log says so, and the mailbox is served.
void read_filters(Settings& settings) {
  constexpr std::uint64_t default_xmit = 26214400, longest_xmit = 1073741824;
  settings.most_xmit_octets = base::env_number("POP3_XMIT_MAX", default_xmit, 1, longest_xmit);
  settings.offers_mangle = !base::get_env("POP3_MANGLE").empty();
  settings.no_mime = base::env_switch("POP3_NO_MIME", false);
  settings.offers_xmit = !base::get_env("POP3_MAIL_COMMAND").empty();
  settings.runner = inherited_runner().release();
  if (settings.runner < 0 && (settings.offers_mangle || settings.no_mime || settings.offers_xmit)) {
    base::LogLine("pop3d", "runner").field("user", base::get_env("USER"))
        .field("error", "POP3_MANGLE, POP3_NO_MIME and POP3_MAIL_COMMAND need the link filters").write();
    settings.offers_mangle = settings.no_mime = settings.offers_xmit = false;
  }
  settings.announced.mangle = settings.offers_mangle;
}

}  // namespace

Settings read_settings() {
  Settings settings{};
  const auto timeout = base::env_number("POP3_TIMEOUT", default_timeout, 1, longest_timeout);
  settings.timeout_ms = static_cast<int>(timeout) * 1000;
  settings.write_timeout_ms = static_cast<int>(base::env_number("POP3_WRITE_TIMEOUT", timeout, 1, longest_timeout)) * 1000;
  settings.deadline_ms = read_deadline();
  settings.refusal_delay_ms = static_cast<std::int64_t>(base::env_number("POP3_COMMAND_ERROR_INTERVAL", 0, 0, 5)) * 1000;
  settings.announced = read_announced();
  read_filters(settings);
  settings.read_only = base::env_switch("POP3_READ_ONLY", false);
  settings.auto_delete = base::env_switch("POP3_AUTO_DELETE", false) && !settings.read_only;
  settings.language = read_language("POP3_LANG");
  settings.preferred = read_language("POP3_LANGUAGE");
  settings.wants_utf8_mode = base::env_switch("POP3_UTF8_REQUIRED", false) && !base::env_switch("POP3_UTF8", false);
  settings.bad_commands = base::env_number("POP3_BAD_COMMANDS", default_bad_commands, 1, 1000000);
  const auto offered = base::get_env("POP3_OFFERED");
  settings.offer = {MethodSet::parse(offered.empty() ? "user" : offered, "POP3_OFFERED"), false};
  settings.sizes = read_sizes();
  settings.update.delete_by = read_delete_by();
  settings.update.mark_seen = base::env_switch("POP3_MARK_SEEN", true);
  settings.update.move_new = base::env_switch("POP3_MOVE_NEW", true);
  settings.update.sync = base::env_switch("POP3_SYNC", false);
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
