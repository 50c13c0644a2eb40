// SPDX-License-Identifier: ISC
// A new bulletin into the administrator's directory, under the next number.
#pragma once

#include <string_view>

#include "base/array.h"
#include "base/text.h"

namespace maildir {

// May it be the text, or the group, in a bulletin's name? 1 to 100 letters, digits, hyphens and
// underscores: no dot, which would end a group.
bool is_bulletin_word(std::string_view text);

// Publishes MESSAGE as NUMBER.NAME, or NUMBER.GROUP.NAME if GROUP is not empty; gives that name. The
// number is one more than the highest that there ever was: users have had that of a bulletin that
// is removed. One process at a time. The file is whole, on disk and readable for everybody when it
// appears. Throws where the machine fails; then at most a number is lost.
base::Text<255> publish_bulletin(const char* directory, std::string_view group, std::string_view name,
                                 const base::Array<char>& message);

}  // namespace maildir
