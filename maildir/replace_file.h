// SPDX-License-Identifier: ISC
// A small file written so that whoever reads it sees the old one or the new one.
#pragma once

#include <string_view>

namespace maildir {

enum class Durable : bool { no, yes };

// Writes CONTENT into TEMPORARY, a name that nobody has, and renames that to PATH, both in
// DIRECTORY (or AT_FDCWD); mode 0600. A symbolic link in PATH's place is replaced, never
// followed. Durable: it is on disk when the function comes back. Throws, and leaves nothing new
// behind, where the machine fails.
void replace_file(int directory, const char* temporary, const char* path, std::string_view content,
                  Durable durable);

}  // namespace maildir
