// SPDX-License-Identifier: ISC
// Asking for a new secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "checkpw/secret_text.h"

namespace apoppasswd {

using Typed = checkpw::SecretText;

// On a terminal asks twice, without echo; else takes one line of standard input. Nothing, and why
// on fd 2, if the two differ, nothing came or the user gave up.
std::optional<Typed> ask_secret();

// The same for a secret that is there already: asks once.
std::optional<Typed> ask_once();

// What is too weak about a secret for LOGIN, in words; nothing if it will do.
std::optional<std::string> weakness(std::string_view login, std::string_view secret);

}  // namespace apoppasswd
