// SPDX-License-Identifier: ISC
// The names that Qpopper and TPOPS have for things: options of files, letters, configure flags, macros,
// parameters. Each acts as one of our settings, or is known to have no effect, with what does
// the job instead.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/text.h"
#include "pop3d/conf_line.h"
#include "pop3d/conf_table.h"

namespace pop3d {

// How a value is written there.
enum class Type : std::uint8_t {
  boolean,   // true, false, 1, 0, yes, no, or nothing: true
  integer,   // as strtol(3) takes it with base 0: 0x1f and 037 too
  string,
  words,     // one of those in MEANINGS
  flag,      // of TPOPS, without a value
};

struct ForeignName {
  const char* name;
  Type type;
  const char* setting;   // by which it acts; empty: it has no effect
  const char* instead;   // what does the job, if it has no effect
  const char* meanings;  // "theirs=ours ...": of words all that there are; of integers, some
  bool is_inverse = false;  // of a boolean: true there is 0 here
};

std::span<const ForeignName> qpopper_options();  // names of "set", macros among them
std::span<const ForeignName> tpops_parameters();

// configure's --enable-NAME, --disable-NAME, --with-NAME and --without-NAME.
struct ConfigureFlag {
  const char* name;
  const char* option;   // whose value it compiles in; empty: none
  const char* instead;  // what does the job, if there is no option
  const char* value = "";  // of the option, if the flag brings none; empty: a boolean
};
std::span<const ConfigureFlag> configure_flags();

// popper's -X.
struct Letter {
  char letter;
  const char* option;
  bool takes_value;
  const char* value;  // for a letter that takes none, of a boolean: "true" or "false"
};
std::span<const Letter> popper_letters();

// The name in the grammar's own list, in any case; nothing if it is unknown there.
const ForeignName* find_foreign(Grammar grammar, std::string_view name);

// What a line of a file comes to.
struct Meaning {
  enum class What : std::uint8_t { sets, no_effect, includes, wrong };
  What what = What::wrong;
  const Setting* setting = nullptr;
  base::Text<max_conf_line + 32> text;  // the value, the file to include, or what is wrong
  const char* instead = "";
  const Setting* also = nullptr;  // a second setting, if theirs is two of ours
  base::Text<24> also_text;       // its value
};

// TPOPS has two switches for what is POP3_SIZES here; both are on unless the file says otherwise.
struct TpopsSizes {
  bool uses_names = true, uses_file_size = true;
};

// Pure, but for SIZES, which remembers. LINE is one that sets or resets.
Meaning interpret(Grammar grammar, const ConfLine& line, TpopsSizes& sizes);

}  // namespace pop3d
