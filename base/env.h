// SPDX-License-Identifier: ISC
// The environment: every setting of popchain is a variable (pop3-login(8), pop3d(8)).
#pragma once

#include <cstdint>
#include <string_view>

namespace base {

// The variable's value; empty if it is unset. Views into the environment.
std::string_view get_env(const char* name) noexcept;

bool has_env(const char* name) noexcept;

// The variable as a number from LEAST to MOST, OTHERWISE if it is unset or empty. Anything else
// is a mistake of the administrator's: throws, naming the variable and what it may be.
std::uint64_t env_number(const char* name, std::uint64_t otherwise, std::uint64_t least,
                         std::uint64_t most);

// The variable as a switch: 1 or 0, OTHERWISE if it is unset or empty; throws on anything else.
bool env_switch(const char* name, bool otherwise);

void set_env(const char* name, const char* value);  // throws
void unset_env(const char* name) noexcept;
void set_or_unset_env(const char* name, const char* value);  // unset if the value is empty; throws

}  // namespace base
