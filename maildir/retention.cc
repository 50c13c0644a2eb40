// SPDX-License-Identifier: ISC
#include "maildir/retention.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"
#include "base/failure.h"
#include "base/random.h"
#include "maildir/directory.h"
#include "maildir/name.h"
#include "maildir/quota.h"
#include "maildir/replace_file.h"
#include "maildir/trash.h"

namespace maildir {

namespace {

constexpr std::time_t seconds_a_day = 86400;
// What one login may cost; the first ones of a mailbox full of old messages would take long.
constexpr std::uint64_t most_at_once = 10000;
constexpr std::int64_t most_ms = 2000;
// Between two looks at unchanged directories: days are counted, not hours.
constexpr std::time_t lately = 6 * 3600;

constexpr const char* stamp_file = "popchain.expire";

// Whatever happens, what is gone is accounted for.
class Account {
 public:
  ~Account() { take_off_quota(octets_, messages_); }
  // Maildir++ does not count what is flagged T.
  void removed(std::string_view name, std::uint64_t octets) {
    if (flags(name).find('T') != std::string_view::npos) return;
    octets_ += octets;
    ++messages_;
  }

 private:
  std::uint64_t octets_ = 0, messages_ = 0;
};

class Sweep {
 public:
  Sweep(const Retention& retention, std::time_t now) : retention_(retention), now_(now) {}
  void folder(Folder folder);
  const Expired& expired() const { return expired_; }

 private:
  void message(const Directory& directory, Folder folder, std::string_view name);
  int remove(const Directory& directory, Folder folder, std::string_view name);
  bool is_at_bound() const {
    return expired_.removed + expired_.failed >= most_at_once || base::now_ms() >= deadline_;
  }

  const Retention retention_;
  const std::time_t now_;
  const std::int64_t deadline_ = base::now_ms() + most_ms;
  Expired expired_;
  Account account_;
  bool has_trash_ = false;
};

void Sweep::folder(Folder folder) {
  Directory directory(folder);
  for (Directory::Entry entry; directory.next(entry);) {
    const bool is_seen = flags(entry.name).find('S') != std::string_view::npos;
    if (!entry.may_be_message || (!is_seen && !retention_.unread_too)) continue;
    // Before a look at the file, which most names spare.
    if (!is_expired(retention_, time_prefix(entry.name), 0, now_)) continue;
    if (is_at_bound()) {
      expired_.is_cut = true;
      return;
    }
    message(directory, folder, entry.name);
  }
}

void Sweep::message(const Directory& directory, Folder folder, std::string_view name) {
  struct stat status;
  if (::fstatat(directory.fd(), name.data(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode) ||
      !is_expired(retention_, time_prefix(name), status.st_mtime, now_))
    return;
  if (remove(directory, folder, name) != 0) {
    expired_.failed += errno != ENOENT;  // another program was faster
    return;
  }
  const auto octets = sizes_in_name(name).file.value_or(static_cast<std::uint64_t>(status.st_size));
  account_.removed(name, octets);
  ++expired_.removed;
  expired_.octets += octets;
}

int Sweep::remove(const Directory& directory, Folder folder, std::string_view name) {
  if (!retention_.to_trash) return ::unlinkat(directory.fd(), name.data(), 0);
  if (!has_trash_ && !(has_trash_ = make_trash())) return -1;
  return move_to_trash(path_of(folder), name);
}

// What a look was for, in words of the file's own.
base::Text<60> stamp_text(const Retention& retention) {
  base::Text<60> text;
  text << retention.days << (retention.unread_too ? " all" : " seen")
       << (retention.to_trash ? " trash\n" : " unlink\n");
  return text;
}

bool is_before(const timespec& a, const timespec& b) {
  return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

// In one tick of the clock a directory can change behind the look: equal times are no proof.
bool is_unchanged(Folder folder, const struct stat& stamp) {
  struct stat status;
  return ::stat(path_of(folder), &status) == 0 && is_before(status.st_mtim, stamp.st_mtim);
}

}  // namespace

bool is_expired(const Retention& retention, std::uint64_t name_time, std::time_t file_time, std::time_t now) {
  const auto age = static_cast<std::time_t>(retention.days) * seconds_a_day;
  if (now < age) return false;  // the clock is wrong
  return name_time < static_cast<std::uint64_t>(now - age) && file_time < now - age;
}

Expired expire(const Retention& retention, std::time_t now) {
  Sweep sweep(retention, now);
  if (retention.unread_too) sweep.folder(Folder::new_mail);
  sweep.folder(Folder::cur);
  return sweep.expired();
}

bool has_expired_lately(const Retention& retention, std::time_t now) noexcept try {
  const auto fd = base::try_open(stamp_file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat stamp;
  if (!fd || ::fstat(fd.get(), &stamp) != 0 || !S_ISREG(stamp.st_mode)) return false;
  if (stamp.st_mtime > now || now - stamp.st_mtime >= lately) return false;
  char content[64];
  const auto size = base::read_all(fd.get(), content);
  return std::string_view(content, size) == stamp_text(retention).view() &&
         is_unchanged(Folder::cur, stamp) && (!retention.unread_too || is_unchanged(Folder::new_mail, stamp));
} catch (const std::exception&) {
  return false;
}

void note_expired(const Retention& retention) noexcept try {
  base::Text<60> temporary("tmp/popchain.expire.");
  temporary << base::random_name<10>().view();
  replace_file(AT_FDCWD, temporary.c_str(), stamp_file, stamp_text(retention).view(), Durable::no);
} catch (const std::exception&) {
}

}  // namespace maildir
