// SPDX-License-Identifier: ISC
// What the service makes of the name that a client logs in with, before any verifier hears it.
#pragma once

#include <optional>
#include <string_view>

#include "base/text.h"
#include "pop3d/login_messages.h"

namespace pop3d {

struct NamePolicy {
  bool is_downcased, is_trimmed;  // POP3_DOWNCASE_USER, POP3_TRIM_DOMAIN
  bool has_suffix;                // POP3_NO_MIME_SUFFIX
  std::string_view domain;        // POP3_DOMAIN; empty: none
};

struct LoginName {
  base::Text<max_login> name;
  // It ended in "-no-mime": who logs in wants his mail mangled. LITERAL is what NAME would be with it: if there
  // is such a login, it is that one's.
  bool no_mime = false;
  base::Text<max_login> literal;
};

// In Qpopper's order: ASCII letters in lower case, cut at the first @, "-no-mime" taken off; then, as TPOPS has it,
// the domain added to what has no @, % or +. Nothing if no login is left, or one that is too long. Pure.
std::optional<LoginName> map_login(const NamePolicy& policy, std::string_view typed);

}  // namespace pop3d
