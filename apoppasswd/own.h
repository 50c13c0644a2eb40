// SPDX-License-Identifier: ISC
// What any user of the machine may do: with the secrets of his own record, and with nothing else. He is the
// user of our real uid. Each gives the exit code.
#pragma once

#include "apoppasswd/admin.h"

namespace apoppasswd {

int change_own(const Options& options);
int revoke_own(const Options& options);
int list_own(const Options& options);

}  // namespace apoppasswd
