// SPDX-License-Identifier: ISC
// Reading a configuration file that somebody may have put there to harm.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/array.h"
#include "base/text.h"

namespace pop3d {

// Whose file it has to be. A regular file, in all cases, that group and others may not write.
enum class Trust : std::uint8_t {
  service,    // root's or USER's own
  user,       // USER's, of at most 8 KiB, and no symbolic link
  directory,  // anybody's but USER's, in a directory that he may not write; no symbolic link
};

constexpr std::size_t max_user_file = 8192, max_admin_file = 262144;

struct ConfFile {
  base::Array<char> octets;
  dev_t device = 0;
  ino_t inode = 0;
  std::string_view text() const { return {octets.begin(), octets.size()}; }
};

enum class FileResult : std::uint8_t { good, missing, wrong };

// Reads PATH into FILE. WRONG says why it is not to be used. Throws only if memory runs out.
FileResult read_conf_file(const char* path, Trust trust, uid_t user, ConfFile& file, base::Text<160>& wrong);

// Why DIRECTORY, for Trust::directory, is not to be used; empty if it may be.
base::Text<160> wrong_directory(const char* directory, uid_t user);

// If a file DIRECTORY/LOGIN is what it says, and no other place or hidden file.
bool is_file_name(std::string_view login);

}  // namespace pop3d
