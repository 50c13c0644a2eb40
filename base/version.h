// SPDX-License-Identifier: ISC
#pragma once

namespace base {

constexpr const char* version = "0.1";

}  // namespace base
