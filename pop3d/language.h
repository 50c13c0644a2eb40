// SPDX-License-Identifier: ISC
// LANG (RFC 6856 s.3): the language of what stands behind +OK and -ERR for people to read.
//
// Texts are English in the sources, where they are written; here are their translations. A text
// that has none stays English. Response codes ("[AUTH]") are for programs and are never translated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/output.h"

namespace pop3d {

struct Reply;  // pop3d/command.h

enum class Language : std::uint8_t { english, german, french, japanese };
constexpr std::size_t languages = 4;

// Its tag (RFC 5646), for LANG and POP3_LANG.
std::string_view tag_of(Language language);

// The language that fits RANGE best, by RFC 4647's lookup (s.3.4): "de-CH" is "de". Nothing if there is none, or RANGE
// is no language range. Case does not matter.
std::optional<Language> find_language(std::string_view range);

// The same from a setting; English if it is unset or empty. Throws base::Failure, naming the variable.
Language read_language(const char* name);

// ENGLISH in LANGUAGE, in UTF-8; as it is if nobody has translated it. Views into ENGLISH or static memory.
std::string_view in_language(Language language, std::string_view english);

// The response code that TEXT begins with, and the blank behind it, which are taken from it; or nothing.
std::string_view take_response_code(std::string_view& text);

// TEXT, which may begin with a response code, in LANGUAGE.
void write_text(base::Output& out, Language language, std::string_view text);

// LANG with ARGUMENT, in either state. LANGUAGE becomes what is chosen; PREFERRED is what "*" means. RFC 6856
// s.7: nothing here may depend on a user who has not logged in.
Reply choose_language(base::Output& out, std::string_view argument, Language preferred, Language& language);

// All texts and translations, each ended by a NUL: for each text one of every language, in order. Not
// pointers, which a static-pie program would have to relocate at each start.
std::string_view language_texts();

}  // namespace pop3d
