// SPDX-License-Identifier: ISC
// Every setting of every program, in one table: what it may be, what it is otherwise, who may set it and who
// reads it. The manual page pop3-settings(5) holds the same (tests/pop3-conf.bats compares them, and
// the table with what the programs read).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/text.h"

namespace pop3d {

enum class Kind : std::uint8_t {
  number,     // from least to most, or one of WORDS
  toggle,     // 1 or 0
  word,       // one of WORDS
  words,      // one or more of WORDS, separated by blanks, in any case
  text,       // without control characters, and without those in WORDS
  path,       // absolute: it is used from more than one working directory
  place,      // a path of any form
  command,    // a program and its arguments, split at blanks
  log_login,  // Qpopper's log-login: %0 to %3 and %%
};

// Who may set it, weakest first. No bit: programs tell it each other, and nobody sets it.
using Levels = std::uint8_t;
constexpr Levels by_file = 1;        // a file in Qpopper's or TPOPS's form, through pop3-env
constexpr Levels by_service = 2;     // env/ of the service directory
constexpr Levels by_address = 4;     // a rule of tcp.cdb
constexpr Levels by_user = 8;        // the user's own file, through pop3-env -u
constexpr Levels by_directory = 16;  // the administrator's file for the user, through pop3-env -d
constexpr Levels by_record = 32;     // the user's record in users.cdb

// What a user's own file may make of it, where it may set it at all.
enum class UserRule : std::uint8_t { anything, lower, only_1, only_0 };

struct Setting {
  const char* name;
  Kind kind;
  std::uint64_t least, most;  // of a number
  const char* words;          // separated by blanks
  const char* otherwise;      // the default; empty: none
  Levels levels;
  UserRule user_rule;
  const char* readers;
  const char* what;
};

std::span<const Setting> settings();

// Nothing if there is none of this name.
const Setting* find_setting(std::string_view name);

// Its place in settings().
std::size_t index_of(const Setting& setting);

// Compares ASCII letters without their case.
bool is_same_name(std::string_view one, std::string_view other);

// The first word of LIST, which loses it and the blanks around it; empty at the end.
std::string_view take_word(std::string_view& list);

// What is wrong with VALUE, for a message behind the name; empty if it is good. An empty value
// is good for all: it means unset.
base::Text<200> wrong_value(const Setting& setting, std::string_view value);

// What it may be, in words: "1-86400", "0 or 1", "exact, name or file".
base::Text<200> describe_values(const Setting& setting);

// "f", "s", "a", "u", "d" and "r" for those who may set it, in this order, or "-".
base::Text<8> describe_levels(Levels levels);

}  // namespace pop3d
