// SPDX-License-Identifier: ISC
// pop3d's settings, from the environment: pop3d(8) lists them.
#pragma once

#include <cstdint>
#include <optional>

#include "maildir/import.h"
#include "maildir/measure.h"
#include "maildir/update.h"
#include "pop3d/capabilities.h"
#include "pop3d/language.h"
#include "pop3d/mechanisms.h"

namespace pop3d {

struct Settings {
  int timeout_ms, write_timeout_ms;
  std::int64_t deadline_ms;       // of the whole connection (base/clock.h); 0: none
  std::int64_t refusal_delay_ms;  // before each -ERR
  std::uint64_t bad_commands;
  Offer offer;  // how the client could log in, for CAPA
  Announced announced;
  bool read_only, auto_delete;
  Language language, preferred;  // LANG before the login, and what LANG * chooses
  int runner = -1;               // its socket, which whoever serves the session takes over (pop3d/runner.h)
  bool offers_mangle, no_mime;   // X-MANGLE; and -no-mime's: always
  bool offers_xmit;
  std::uint64_t most_xmit_octets;
  bool wants_utf8_mode;          // a message with UTF-8 in its header is refused to this client
  maildir::SizePolicy sizes;
  maildir::UpdateSettings update;
  bool use_index, lock, update_on_abort, create;
  std::optional<maildir::UidlImport> uidl_import;  // the server whose ids to take over
};

// Throws base::Failure, naming the variable, if one has no value that it may have.
Settings read_settings();

}  // namespace pop3d
