// SPDX-License-Identifier: ISC
// Unique-ids that another server gave, out of that server's own file or its way of cutting names.
// All of it is pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/array.h"

namespace maildir {

// What a server gave: the unique name and the id of each message, in the order of its file, no
// name twice. Ids are as the server sent them, whether POP3 allows them or not. Owns all text.
class OldUidls {
 public:
  // What was wrong with a line of the file; 0 is no line.
  struct Warning {
    std::size_t line;
    const char* what;  // a literal
  };
  static constexpr std::size_t most_warnings = 100;

  std::size_t size() const { return entries_.size(); }
  std::string_view unique_name(std::size_t i) const;
  std::string_view uidl(std::size_t i) const;
  std::size_t line(std::size_t i) const { return entries_[i].line; }

  // The first most_warnings of them, and how many there were in all.
  std::span<const Warning> warnings() const { return {warnings_.begin(), warnings_.size()}; }
  std::size_t warning_count() const { return warning_count_; }
  // Why the file as a whole is not what it should be; nullptr if it is.
  const char* refusal() const { return refusal_; }

  // For those who fill it. drop_repeated_names comes last.
  void add(std::size_t line, std::string_view unique_name, std::string_view uidl);
  void warn(std::size_t line, const char* what);
  bool refuse(const char* why);  // gives false
  enum class Keep { first, last };
  void drop_repeated_names(Keep keep);

 private:
  struct Entry {
    std::size_t at;  // the name in text_, and the id behind it
    std::uint32_t name_size, uidl_size;
    std::size_t line;
  };
  base::Array<Entry> entries_;
  base::Array<char> text_;
  base::Array<Warning> warnings_;
  std::size_t warning_count_ = 0;
  const char* refusal_ = nullptr;
};

// --- the parsers: CONTENT is the file's ---------------------------------------------------------
// False if the file as a whole is refused. A line that is wrong is left out, with a warning.

bool parse_tpops(std::string_view content, OldUidls& uidls);
bool parse_courier(std::string_view content, OldUidls& uidls);
// FORMAT is how Dovecot made the ids that the file does not hold; empty: as the file's header
// says, else as Dovecot 2 does unless it is told otherwise.
bool parse_dovecot(std::string_view content, std::string_view format, OldUidls& uidls);

// A format by its name (dovecot, uw, cyrus, courier), or as Dovecot's pop3_uidl_format has it, of
// %u, %v, %f, %g and %%, numbers also as %08Xu. Nothing if WORD is neither, or would give all
// messages one id.
std::optional<std::string_view> parse_uidl_format(std::string_view word);

// The id that mailfront makes of a file name: what stands before the first field, as ",S=", and of
// that 70 octets at the most. Views into its argument.
std::string_view cut_as_mailfront(std::string_view file_name);

// --- what the parsers share ---------------------------------------------------------------------

// True for what may be a unique name in a list.
inline bool is_listed_name(std::string_view name) {
  return !name.empty() && name.find('/') == name.npos;
}

// The first word of REST, which is taken off it with the blanks around it.
std::string_view take_word(std::string_view& rest);

}  // namespace maildir
