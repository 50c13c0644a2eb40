// SPDX-License-Identifier: ISC
#include "base/env.h"

#include <unistd.h>

#include <cstdlib>

#include "base/failure.h"
#include "base/text.h"

namespace base {

namespace {

// getenv(3), but without musl's call of strncmp() for each variable: a session asks for a hundred
// settings, most of which are unset, and those calls were half of all its instructions.
const char* find_env(const char* name) noexcept {
  if (!::environ) return nullptr;
  for (const char* const* entry = ::environ; *entry; ++entry) {
    const char *at = *entry, *wanted = name;
    while (*wanted && *at == *wanted) ++at, ++wanted;
    if (!*wanted && *at == '=') return at + 1;
  }
  return nullptr;
}

}  // namespace

std::string_view get_env(const char* name) noexcept {
  const char* value = find_env(name);
  return value ? std::string_view(value) : std::string_view();
}

bool has_env(const char* name) noexcept { return find_env(name) != nullptr; }

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

void unset_env(const char* name) noexcept {
  if (has_env(name)) ::unsetenv(name);
}

void set_or_unset_env(const char* name, const char* value) {
  if (*value == '\0')
    unset_env(name);
  else
    set_env(name, value);
}

}  // namespace base
