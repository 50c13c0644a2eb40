// SPDX-License-Identifier: ISC
// What pop3d says about a session, to the log in the form of POP3_LOG, to POP3_ACCESS_LOG and to
// POP3_TRACE. popchain-log(5) has the lines.
#pragma once

#include <cstdint>
#include <ctime>
#include <string_view>

#include "base/log.h"
#include "maildir/directory.h"
#include "maildir/mailbox.h"
#include "maildir/update.h"
#include "pop3d/session.h"
#include "pop3d/trace.h"

namespace pop3d {

class SessionLog {
 public:
  // Opens what the sandbox would not let us open later. Throws base::Failure if a setting is none.
  SessionLog();

  // The mailbox is open; the client will hear so.
  void opened(const maildir::Mailbox& mailbox);

  struct End {
    const Session& session;
    const maildir::Mailbox& mailbox;
    const maildir::Update& update;
    Ending ending;
    maildir::Opened opened;
    bool is_updated;  // UPDATE was entered, by QUIT or POP3_UPDATE_ON_ABORT
  };
  void ended(const End& end) const;

  // There is no session, though there was a login. WHY is for the log only.
  static void refused(std::string_view why) noexcept;

  // When the client has its answer: ids of the messages that are gone, and of those that have changed.
  void after(maildir::Mailbox& mailbox, const maildir::Update& update) const noexcept;

  Trace& trace() { return trace_; }

 private:
  void log_logout(const End& end) const;
  void log_qpopper(const End& end) const;
  void log_tpops(const End& end) const;
  void log_statistics(const End& end) const;
  void log_deleted(const maildir::Mailbox& mailbox, const maildir::Update& update) const;
  void log_changed(maildir::Mailbox& mailbox, const maildir::Update& update) const;

  base::LogForm form_;
  bool has_statistics_, has_timing_, has_deleted_, has_changed_;
  std::int64_t began_ms_, auth_ms_, open_ms_ = 0;
  std::time_t connected_;
  int access_;
  Trace trace_;
};

}  // namespace pop3d
