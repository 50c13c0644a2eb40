// SPDX-License-Identifier: ISC
// What pop3-mangle has GMime parse and decode, and what it keeps from it.
#pragma once

#include <gmime/gmime.h>

#include <cstddef>
#include <memory>
#include <string>

namespace pop3d {

// Owns a reference.
template <typename T>
struct Unref {
  void operator()(T* object) const { ::g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref<T>>;

// Looks at the whole of STREAM, and goes back to its beginning.
bool is_too_complex(GMimeStream* stream);

// The message in STREAM, whose contents stay there until they are wanted; nothing if there is none.
Owned<GMimeMessage> parse(GMimeStream* stream);
// Of a message that is not to be parsed: its header, or what of it comes in so many octets.
Owned<GMimeMessage> parse_header(GMimeStream* stream);

// What PART holds, its transfer encoding undone, MOST octets and a few; IS_CUT says if there may be more.
std::string content_of(GMimePart* part, std::size_t most, bool& is_cut);

}  // namespace pop3d
