// SPDX-License-Identifier: ISC
// pop3d's settings, from the environment: pop3d(8) lists them.
#pragma once

#include <cstdint>
#include <optional>

#include "maildir/import.h"
#include "maildir/measure.h"
#include "maildir/update.h"

namespace pop3d {

struct Settings {
  int timeout_ms;
  std::uint64_t bad_commands;
  maildir::SizePolicy sizes;
  maildir::UpdateSettings update;
  bool use_index, lock, update_on_abort, create;
  std::optional<maildir::UidlImport> uidl_import;  // the server whose ids to take over
};

// Throws base::Failure, naming the variable, if one has no value that it may have.
Settings read_settings();

}  // namespace pop3d
