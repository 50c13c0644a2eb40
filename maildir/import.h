// SPDX-License-Identifier: ISC
// uidl.map made of what another server has left, so that no client downloads anything twice after
// a migration. The current directory is the Maildir.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/array.h"
#include "base/text.h"
#include "maildir/old_uidls.h"

namespace maildir {

enum class UidlSource : std::uint8_t {
  tpops,      // tpops_uidl: names and ids
  dovecot,    // dovecot-uidlist: numbers, from which ids are made, or ids
  courier,    // courierpop3dsizelist: numbers, from which ids are made
  qmail,      // no file: the id is the unique name
  mailfront,  // no file: the id is the unique name, cut
};
std::optional<UidlSource> parse_uidl_source(std::string_view word);
const char* list_of(UidlSource source);  // the file; nullptr if there is none

// How a server is named in POP3_UIDL_IMPORT: "tpops", "dovecot", or with a format behind a colon,
// "dovecot:uw", "dovecot:%v.%u". Nothing for anything else.
struct UidlImport {
  UidlSource source;
  std::string_view format;  // views into the word or static memory
};
std::optional<UidlImport> parse_uidl_import(std::string_view word);

// What the server gave to the messages of this Maildir. FORMAT as for parse_dovecot. Throws where
// the machine fails.
enum class OldList { good, missing, malformed };
OldList read_old_uidls(UidlSource source, std::string_view format, OldUidls& uidls);

// The content of uidl.map: a line for each id that POP3 allows, that no other message has, and
// that is not what pop3d gives anyway. Warns of each that has to change.
base::Array<char> make_uidl_map(OldUidls& uidls);

// Writes it: in tmp/, to the disk, then in the place of what is there. Throws.
void write_uidl_map(const base::Array<char>& content);

// For pop3d, once for each mailbox. If uidl.map is there this does nothing. Else it makes it of
// the server's file; and makes an empty one if there is no such file, so that one which appears
// later changes no id.
struct Imported {
  enum Outcome {
    written,  // uidl.map has been made of the server's file
    none,     // it was there already; or there was nothing to make it of, and it is there now
    failed,   // it is not there; WHY says why
  };
  Outcome outcome = none;
  std::size_t lines = 0;     // of uidl.map
  std::size_t warnings = 0;  // lines not understood, ids that cannot be kept
  base::Text<240> why;
};
Imported import_uidls(const UidlImport& import) noexcept;

}  // namespace maildir
