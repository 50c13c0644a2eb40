// SPDX-License-Identifier: ISC
// poppassd's parent: root, or the owner of users.cdb, never on the network. It runs apoppasswd for its
// child, with secrets over a pipe, and keeps the tries, the delays and the deadline.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/fd.h"
#include "pop3d/guesses.h"
#include "pop3d/login_settings.h"

namespace pop3d {

// Serves CHILD until the connection ends, or DEADLINE_MS (base/clock.h). COMMAND is apoppasswd's argv, to
// which "-b BLOCK_UID", and "-v LOGIN" or "-a LOGIN" are added; at most 16 words.
constexpr std::size_t most_command_words = 16;
void supervise_passwords(const LoginSettings& settings, Guesses& guesses, char* const* command, pid_t child,
                         base::UniqueFd channel, std::int64_t deadline_ms, uid_t block_uid);

}  // namespace pop3d
