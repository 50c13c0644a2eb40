// SPDX-License-Identifier: ISC
// Running the program that says if an OAuth token is good: oauth-checker(7). Tokens are long, signed
// by other people's servers, and checked in other languages: so it is a program of its own, and runs
// as who reads the network, never as root.
#pragma once

#include "base/text.h"
#include "pop3d/login_messages.h"
#include "pop3d/login_settings.h"

namespace pop3d {

// Runs POP3_OAUTH's program on the token that CREDENTIALS holds as its secret. Passed: SUBJECT is what
// the program says the token is about; if that may be the login is the verifier's to say. Throws
// where the machine fails.
Outcome check_token(const LoginSettings& settings, const Credentials& credentials,
                    base::Text<max_secret>& subject);

}  // namespace pop3d
