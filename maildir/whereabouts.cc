// SPDX-License-Identifier: ISC
// Mailbox's files: where they were at login, and where another program has put them since.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "maildir/mailbox.h"

namespace maildir {

base::Text<max_file_name + 4> Mailbox::Whereabouts::path() const {
  base::Text<max_file_name + 4> path;
  path << path_of(folder) << '/' << name.view();
  return path;
}

Mailbox::Whereabouts Mailbox::recorded(std::size_t i) const {
  return {record(i).folder, base::Text<max_file_name>(name(i))};
}

// Looks in the last reading of the directories, which serves all messages that another program
// has renamed; and reads again first if it is told to.
std::optional<Mailbox::Whereabouts> Mailbox::find_again(std::size_t i, Look look) {
  if (look == Look::anew || (look == Look::if_changed && !same_stamps(read_sources(sources_.policy), now_sources_))) {
    now_.read(sources_.policy);
    now_sources_ = now_.sources();
    now_sources_.cur = believable(now_sources_.cur, now_.began_ns());
    now_sources_.new_mail = believable(now_sources_.new_mail, now_.began_ns());
  }
  const auto found = now_.listing().find(name(i), record(i).inode);
  if (!found) return {};
  return Whereabouts{found->folder, base::Text<max_file_name>(now_.listing().name(*found))};
}

std::optional<base::UniqueFd> Mailbox::open_message(std::size_t i, std::uint64_t& file_size) {
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  constexpr int most_looks = 8;  // another program renames it between our look and our opening
  auto fd = base::try_open(recorded(i).path().c_str(), flags);
  for (int looks = 0; !fd && looks < most_looks; ++looks) {
    const auto found = find_again(i, looks == 0 ? Look::if_changed : Look::anew);
    if (!found) break;
    fd = base::try_open(found->path().c_str(), flags);
    if (!fd && errno != ENOENT) break;
  }
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  file_size = static_cast<std::uint64_t>(status.st_size);
  const auto known = record(i).file_size;
  if (known != unknown_size && known != file_size) return {};
  return fd;
}

}  // namespace maildir
