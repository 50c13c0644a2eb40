// SPDX-License-Identifier: ISC
#include "maildir/watch.h"

#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace maildir {

namespace {

// The file systems whose changes all go through this kernel.
bool is_local() {
  struct statfs status;
  if (::statfs("cur", &status) != 0) return false;
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case 0xEF53:      // ext2, ext3, ext4
    case 0x58465342:  // xfs
    case 0x9123683E:  // btrfs
    case 0x01021994:  // tmpfs
    case 0x2FC12FC1:  // zfs
    case 0xF2F52010:  // f2fs
    case 0x794C7630:  // overlayfs
      return true;
    default:
      return false;
  }
}

std::uint64_t hash(unsigned event, std::string_view name) {
  return XXH3_64bits_withSeed(name.data(), name.size(), event);
}

}  // namespace

Watch::Watch() {
  if (!is_local()) return;
  inotify_ = base::UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify_) return;
  reliable_ = true;
  for (const auto folder : {Folder::new_mail, Folder::cur}) {
    auto& directory = directories_[static_cast<int>(folder)];
    directory = ::inotify_add_watch(inotify_.get(), path_of(folder),
                                    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF |
                                        IN_DELETE_SELF | IN_ONLYDIR);
    reliable_ = reliable_ && directory >= 0;
  }
}

void Watch::told(Folder folder, unsigned event, std::string_view name) {
  ours_[static_cast<int>(folder)] += hash(event, name);
  // The kernel keeps 16384 events for us, by its default.
  if (++since_drained_ == 4096) drain();
}
void Watch::removed(Folder folder, std::string_view name) { told(folder, IN_DELETE, name); }
void Watch::moved_away(Folder from, std::string_view name) { told(from, IN_MOVED_FROM, name); }
void Watch::renamed(Folder from, std::string_view from_name, Folder to, std::string_view to_name) {
  told(from, IN_MOVED_FROM, from_name);
  told(to, IN_MOVED_TO, to_name);
}

void Watch::drain() {
  since_drained_ = 0;
  alignas(inotify_event) char events[16384];
  for (;;) {
    const long got = base::read_some(inotify_.get(), events, sizeof events);
    if (got <= 0) {
      if (got < 0 && errno != EAGAIN) reliable_ = false;
      return;
    }
    for (long at = 0; at < got;) {
      const auto event = reinterpret_cast<const inotify_event*>(events + at);
      at += static_cast<long>(sizeof *event + event->len);
      const std::string_view name(event->len ? event->name : "");
      // Also of a directory that goes: an event that no change of ours makes.
      for (const int folder : {0, 1})
        if (event->wd == directories_[folder]) seen_[folder] += hash(event->mask, name);
      if (event->mask & IN_Q_OVERFLOW) reliable_ = false;
    }
  }
}

bool Watch::only_ours(Folder folder) {
  if (!reliable_) return false;
  drain();
  const int i = static_cast<int>(folder);
  return reliable_ && ours_[i] == seen_[i];
}

}  // namespace maildir
