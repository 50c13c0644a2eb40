// SPDX-License-Identifier: ISC
#include "base/env.h"

#include <cstdlib>

#include "base/failure.h"
#include "base/text.h"

namespace base {

std::string_view get_env(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value ? std::string_view(value) : std::string_view();
}

bool has_env(const char* name) noexcept { return std::getenv(name) != nullptr; }

std::uint64_t env_number(const char* name, std::uint64_t otherwise, std::uint64_t least,
                         std::uint64_t most) {
  const auto value = get_env(name);
  if (value.empty()) return otherwise;
  const auto number = parse_number<std::uint64_t>(value);
  if (!number || *number < least || *number > most) {
    Text<100> expected;
    expected << "not a number from " << least << " to " << most;
    throw Failure(name, expected.view());
  }
  return *number;
}

bool env_switch(const char* name, bool otherwise) {
  return env_number(name, otherwise ? 1 : 0, 0, 1) != 0;
}

void set_env(const char* name, const char* value) {
  if (::setenv(name, value, 1) != 0) fail("set", name);
}

void unset_env(const char* name) noexcept { ::unsetenv(name); }

}  // namespace base
