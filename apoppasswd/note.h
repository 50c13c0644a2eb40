// SPDX-License-Identifier: ISC
// Tells syslog who has changed what.
#pragma once

#include <string_view>

#include "apoppasswd/admin.h"

namespace apoppasswd {

// One line, of facility auth and priority notice, as apoppasswd(1) has it: WHAT has changed, of LOGIN
// and the secret -n names, if there are such. For the installed database only: any other is a copy.
// What fails here is ignored: the change has been made.
void note(const Options& options, std::string_view what, std::string_view login = {});

}  // namespace apoppasswd
