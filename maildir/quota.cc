// SPDX-License-Identifier: ISC
#include "maildir/quota.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

namespace maildir {

namespace {

void append(std::string_view sign, std::uint64_t octets, std::uint64_t messages) noexcept {
  if (messages == 0) return;
  const bool is_folder = ::access("maildirfolder", F_OK) == 0;
  const auto fd = base::try_open(is_folder ? "../maildirsize" : "maildirsize",
                                 O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return;
  // Padded as Courier does, so that lines are of one length where numbers are; one write.
  base::Text<64> line;
  line << sign << octets << ' ' << sign << messages;
  while (line.view().size() < 13) line << ' ';
  line << '\n';
  (void)base::try_write_all(fd.get(), line.view());
}

}  // namespace

void take_off_quota(std::uint64_t octets, std::uint64_t messages) noexcept { append("-", octets, messages); }
void put_on_quota(std::uint64_t octets, std::uint64_t messages) noexcept { append("", octets, messages); }

}  // namespace maildir
