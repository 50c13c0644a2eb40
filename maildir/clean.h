// SPDX-License-Identifier: ISC
#pragma once

#include <ctime>

namespace maildir {

// Removes files in tmp/ that nobody has touched for 36 hours, as a reader should
// (https://cr.yp.to/proto/maildir.html). Ignores failures.
void clean_tmp(std::time_t now) noexcept;

}  // namespace maildir
