// SPDX-License-Identifier: ISC
#include "maildir/bulletin_state.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/env.h"
#include "base/failure.h"
#include "base/random.h"
#include "maildir/replace_file.h"

namespace maildir {

namespace {

constexpr const char* own_name = ".popbull";

// A user may write there: into a directory that is his own uid's alone, as where all mailboxes have
// one uid; or into one for all, but then, as in /tmp, nobody may remove another's file.
base::UniqueFd open_central(const char* path) {
  if (path[0] != '/') throw base::Failure("POP3_POPBULL_DIR", "not an absolute path");
  auto directory = base::open_file(path, O_RDONLY | O_DIRECTORY);
  struct stat status;
  if (::fstat(directory.get(), &status) != 0) base::fail("stat", path);
  if ((status.st_mode & 022) != 0 && (status.st_mode & S_ISVTX) == 0)
    throw base::Failure(path, "writable by group or others, and not sticky");
  return directory;
}

bool may_be_in_name(std::string_view user) {
  return !user.empty() && user.size() <= 128 && user.front() != '.' && user.find('/') == user.npos;
}

}  // namespace

BulletinState::BulletinState(int home) : home_(home) {
  const auto central = base::get_env("POP3_POPBULL_DIR");
  if (central.empty()) {
    name_ << own_name;
    return;
  }
  const auto user = base::get_env("USER");
  if (!may_be_in_name(user)) throw base::Failure("USER", "cannot be a file's name");
  directory_ = open_central(central.data());
  name_ << user << ".popbull";
}

std::optional<BulletinNumber> BulletinState::read() const {
  if (const auto found = read_file(directory_ ? directory_.get() : AT_FDCWD, name_.c_str())) return *found;
  return read_file(home_, own_name).value_or(std::nullopt);
}

// Nothing at all if there is no such file.
std::optional<std::optional<BulletinNumber>> BulletinState::read_file(int directory, const char* name) const {
  const base::UniqueFd fd(
      ::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd && errno == ENOENT) return {};
  if (!fd) base::fail("open", name);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) base::fail("stat", name);
  if (!S_ISREG(status.st_mode)) throw base::Failure(name, "not a regular file");
  // Whoever could make it for him would keep bulletins from him. root's may be Qpopper's.
  if (status.st_uid != ::geteuid() && status.st_uid != 0) throw base::Failure(name, "not the user's");
  char content[64];
  const auto size = base::read_all(fd.get(), content);
  return size == sizeof content ? std::nullopt : parse_bulletin_state({content, size});
}

void BulletinState::write(BulletinNumber number) const {
  base::Text<300> temporary;
  if (directory_)
    temporary << name_.view() << '.' << base::random_name<10>().view();
  else
    temporary << "tmp/popbull." << base::random_name<10>().view();
  base::Text<24> line;
  line << number << '\n';
  replace_file(directory_ ? directory_.get() : AT_FDCWD, temporary.c_str(), name_.c_str(), line.view(),
               Durable::yes);
}

}  // namespace maildir
