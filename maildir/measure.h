// SPDX-License-Identifier: ISC
// The size of one message.
#pragma once

#include <cstdint>
#include <optional>

namespace maildir {

// POP3_SIZES. Only exact is what RFC 1939 s.11 asks for.
enum class SizePolicy : std::uint8_t {
  exact,  // the octets sent: W= in the name and a look at the last octet, else one reading
  name,   // W=, else S=, believed as it stands, no file touched; without either as exact
  file,   // the file's size on disk, as qmail-pop3d announces it
};

struct Measured {
  std::uint64_t wire_size;
  std::uint64_t file_size;  // unknown_size if the file was not touched
};
constexpr std::uint64_t unknown_size = ~std::uint64_t{0};

// Measures the file NAME in the directory DIRECTORY_FD. Nothing if it is no message for us: not
// a regular file, not readable, gone. Throws where the machine fails.
std::optional<Measured> measure(int directory_fd, const char* name, SizePolicy policy);

}  // namespace maildir
