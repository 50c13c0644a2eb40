// SPDX-License-Identifier: ISC
#include "pop3d/session_log.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/failure.h"
#include "pop3d/access_log.h"
#include "pop3d/log_file.h"
#include "pop3d/old_logs.h"
#include "pop3d/uidl_change.h"

namespace pop3d {

namespace {

std::string_view user() { return base::get_env("USER"); }

Totals deleted(const SessionLog::End& end) {
  Totals totals;
  for (const auto i : end.update.removed()) {
    ++totals.messages;
    totals.octets += end.mailbox.record(i).wire_size;
  }
  return totals;
}

Totals at_login(const maildir::Mailbox& mailbox) { return {mailbox.size(), mailbox.octets()}; }
Totals left(const SessionLog::End& end) {
  const auto all = at_login(end.mailbox), gone = deleted(end);
  return {all.messages - gone.messages, all.octets - gone.octets};
}

// What no line of an older server tells.
bool is_remarkable(const SessionLog::End& end) {
  return end.opened == maildir::Opened::missing || end.mailbox.passed_over() != 0 ||
         end.session.counts().wrong_sizes != 0 || end.ending == Ending::failed || end.ending == Ending::update_failed;
}

}  // namespace

SessionLog::SessionLog()
    : form_(base::read_log_form()),
      has_statistics_(base::env_switch("POP3_STATISTICS", false)),
      has_timing_(base::env_switch("POP3_TIMING", false)),
      has_deleted_(base::env_switch("POP3_LOG_DELETED", false)),
      has_changed_(base::env_switch("POP3_LOG_UIDL_CHANGE", false)),
      began_ms_(base::now_ms()),
      auth_ms_(started_ms() < 0 ? -1 : began_ms_ - started_ms()),
      connected_(connection_began()),
      access_(log_file("pop3d", "POP3_ACCESS_LOG")),
      trace_(log_file("pop3d", "POP3_TRACE")) {
  if (access_ >= 0) ::tzset();  // reads a file that the sandbox hides
}

void SessionLog::opened(const maildir::Mailbox& mailbox) {
  open_ms_ = base::now_ms() - began_ms_;
  if (form_ == base::LogForm::tpops) write_log(tpops_has("login", user(), at_login(mailbox)).view());
  const auto pattern = base::get_env("POP3_LOG_LOGIN");
  if (pattern.empty() || form_ == base::LogForm::qpopper) return;  // that form's is pop3-login's
  const auto line = expand_login(pattern, user());
  if (form_ == base::LogForm::json)
    base::LogLine("pop3d", "log-login").field("text", line.view()).write();
  else
    write_log(line.view());
}

void SessionLog::log_logout(const End& end) const {
  const auto& counts = end.session.counts();
  base::LogLine line("pop3d", "logout");
  line.field("user", user())
      .field("ip", base::client_address())
      .field("reason", to_text(end.ending))
      .field("retr", counts.retrieved)
      .field("top", counts.topped)
      .field("octets", counts.octets)
      .field("dele", end.update.deleted())
      .field("left", end.mailbox.size() - end.update.deleted());
  if (has_timing_) {
    if (auth_ms_ >= 0) line.field("auth-ms", auth_ms_);
    line.field("open-ms", open_ms_).field("update-ms", end.update.took_ms());
  }
  if (end.opened == maildir::Opened::missing) line.field("warning", "no Maildir");
  if (end.mailbox.passed_over() != 0) line.field("passed-over", end.mailbox.passed_over());
  if (counts.wrong_sizes != 0) line.field("wrong-sizes", counts.wrong_sizes);
  if (end.ending == Ending::failed) line.field("error", end.session.error());
  line.write();
}

void SessionLog::log_qpopper(const End& end) const {
  const bool is_told = [&] {
    switch (end.ending) {
      case Ending::quit: return true;
      case Ending::timeout: write_log(qpopper_timeout(user(), base::env_number("POP3_TIMEOUT", 600, 0, 86400)).view()); return true;
      case Ending::eof: write_log(qpopper_eof(user()).view()); return true;
      case Ending::write_error: write_log(qpopper_hangup(user()).view()); return true;
      default: return false;
    }
  }();
  if (!is_told || is_remarkable(end)) log_logout(end);
  if (has_timing_)
    write_log(qpopper_timing(user(), end.ending == Ending::quit, auth_ms_ < 0 ? 0 : auth_ms_, open_ms_,
                             end.update.took_ms()).view());
}

void SessionLog::log_tpops(const End& end) const {
  const bool is_told = [&] {
    switch (end.ending) {
      case Ending::quit: return true;
      case Ending::timeout: write_log("command timeout"); return true;
      case Ending::connection_time: write_log("connection time exceeded"); return true;
      case Ending::eof:
      case Ending::write_error: write_log("connection closed unexpectedly"); return true;
      default: return false;
    }
  }();
  if (!is_told || is_remarkable(end) || has_timing_) log_logout(end);
  write_log(tpops_has("logout", user(), left(end)).view());
  write_log(tpops_client("disconnect from").view());
}

void SessionLog::log_statistics(const End& end) const {
  const auto gone = deleted(end), stay = left(end);
  if (form_ != base::LogForm::json) return write_log(qpopper_stats(user(), gone, stay).view());
  base::LogLine("pop3d", "stats")
      .field("user", user())
      .field("deleted", gone.messages)
      .field("deleted-octets", gone.octets)
      .field("left", stay.messages)
      .field("left-octets", stay.octets)
      .field("host", client_host().view())
      .field("ip", base::client_address())
      .write();
}

void SessionLog::ended(const End& end) const {
  switch (form_) {
    case base::LogForm::kv:
    case base::LogForm::json: log_logout(end); break;
    case base::LogForm::qpopper: log_qpopper(end); break;
    case base::LogForm::tpops: log_tpops(end); break;
  }
  // Qpopper's form has no other line for a session that ended well.
  if (end.is_updated && (has_statistics_ || form_ == base::LogForm::qpopper)) log_statistics(end);
  if (access_ >= 0)
    write_access(access_, {user(), true, connected_, std::time(nullptr), at_login(end.mailbox), left(end)});
}

void SessionLog::refused(std::string_view why) noexcept {
  base::LogLine("pop3d", "failed")
      .field("ip", base::client_address())
      .field("user", user())
      .field("error", why)
      .write();
  if (base::log_form() == base::LogForm::tpops) write_log(tpops_client("disconnect from").view());
  // Opened before, or not at all.
  if (base::has_env("POP3_ACCESS_LOG_FD"))
    write_access(log_file("pop3d", "POP3_ACCESS_LOG"), {user(), true, connection_began(), std::time(nullptr), {}, {}});
}

// As many ids as a value holds in each line.
void SessionLog::log_deleted(const maildir::Mailbox& mailbox, const maildir::Update& update) const {
  base::Text<base::max_log_value> ids;
  const auto write = [&] {
    base::LogLine("pop3d", "deleted").field("user", user()).field("uidls", ids.view()).write();
    ids.clear();
  };
  for (const auto i : update.removed()) {
    const auto id = mailbox.uidl(i);
    if (ids.view().size() + 1 + id.view().size() > base::max_log_value) write();
    if (!ids.empty()) ids << ' ';
    ids << id.view();
  }
  if (!ids.empty()) write();
}

void SessionLog::log_changed(maildir::Mailbox& mailbox, const maildir::Update& update) const {
  UidlChange change;
  const auto found = change.compare(mailbox, std::time(nullptr));
  if (found.changed != 0)
    base::LogLine("warning: pop3d", "uidl-change")
        .field("user", user())
        .field("changed", found.changed)
        .field("stayed", found.stayed)
        .field("first", found.first.view())
        .write();
  change.store(update.removed());
}

void SessionLog::after(maildir::Mailbox& mailbox, const maildir::Update& update) const noexcept try {
  if (has_deleted_) log_deleted(mailbox, update);
  if (has_changed_) log_changed(mailbox, update);
} catch (const std::exception& e) {
  base::LogLine("pop3d", "failed").field("user", user()).field("error", e.what()).write();
}

}  // namespace pop3d
