// SPDX-License-Identifier: ISC
#include "maildir/bulletin_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/failure.h"
#include "base/text.h"
#include "maildir/bulletin_text.h"

namespace maildir {

namespace {

constexpr std::size_t most_bulletins = 10000;

// An error that stays until somebody changes the file.
bool is_of_the_file(int error) {
  return error == EACCES || error == EPERM || error == ELOOP || error == ENOENT || error == ENXIO;
}

void check(const char* directory, int fd) {
  struct stat status;
  if (::fstat(fd, &status) != 0) base::fail("stat", directory);
  if ((status.st_mode & 022) != 0 && status.st_uid != 0)
    throw base::Failure(directory, "writable by group or others, and not root's");
}

std::optional<gid_t> gid_of(std::string_view group) {
  const base::Text<255> name(group);
  if (const auto* entry = name.overflowed() ? nullptr : ::getgrnam(name.c_str())) return entry->gr_gid;
  return base::parse_number<gid_t>(group);
}

bool is_in(gid_t gid) {
  if (gid == ::getegid()) return true;
  std::array<gid_t, 1024> groups;
  const int count = ::getgroups(groups.size(), groups.data());
  return count > 0 && std::find(groups.begin(), groups.begin() + count, gid) != groups.begin() + count;
}

}  // namespace

BulletinList::BulletinList(const char* directory) {
  if (directory[0] != '/') throw base::Failure(directory, "not an absolute path");
  directory_ = base::open_file(directory, O_RDONLY | O_DIRECTORY);
  check(directory, directory_.get());
  read_names();
  sort();
}

void BulletinList::read_names() {
  base::UniqueFd again(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const struct Reader {
    DIR* stream;
    ~Reader() {
      if (stream) ::closedir(stream);
    }
  } reader{::fdopendir(again.get())};
  if (!reader.stream) base::fail("read the directory of bulletins");
  (void)again.release();  // closedir has it
  while (const dirent* entry = ::readdir(reader.stream)) {
    const auto parsed = parse_bulletin_name(entry->d_name);
    if (!parsed) continue;
    if (entries_.size() == most_bulletins) throw base::Failure("more than 10000 bulletins");
    entries_.push({parsed->number, names_.size(), false});
    const auto size = std::strlen(entry->d_name) + 1;
    std::memcpy(names_.extend(size), entry->d_name, size);
  }
}

void BulletinList::sort() {
  const auto name_of = [&](const Entry& entry) { return std::string_view(names_.begin() + entry.name_at); };
  std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    return a.number != b.number ? a.number < b.number : name_of(a) < name_of(b);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (kept != 0 && entries_[kept - 1].number == entries_[i].number)
      entries_[kept - 1].is_repeated = true;
    else
      entries_[kept++] = entries_[i];
  }
  entries_.shorten(kept);
}

std::size_t BulletinList::first_above(BulletinNumber number) const {
  const auto found = std::upper_bound(entries_.begin(), entries_.end(), number,
                                      [](BulletinNumber a, const Entry& b) { return a < b.number; });
  return static_cast<std::size_t>(found - entries_.begin());
}

// O_NONBLOCK: a FIFO in its place must not stop the login.
void read_bulletin(int directory, const char* name, base::Array<char>& content) {
  const base::UniqueFd fd(
      ::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd && is_of_the_file(errno)) {
    base::Text<300> what("open ");
    throw BadBulletin((what << name).view(), std::strerror(errno));
  }
  if (!fd) base::fail("open", name);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) base::fail("stat", name);
  if (!S_ISREG(status.st_mode)) throw BadBulletin(name, "not a regular file");
  if (status.st_size > static_cast<off_t>(max_bulletin)) throw BadBulletin(name, "larger than 1 MiB");
  const auto size = static_cast<std::size_t>(status.st_size);
  content.clear();
  content.shorten(base::read_all(fd.get(), {content.extend(size), size}));
}

Audience audience_of(std::string_view group) {
  if (group.empty()) return Audience::all;
  if (group == "ALL") return Audience::ours;
  const auto gid = gid_of(group);
  if (!gid) return Audience::unknown_group;
  return is_in(*gid) ? Audience::ours : Audience::others;
}

}  // namespace maildir
