// SPDX-License-Identifier: ISC
#include "checkpw/users_update.h"

#include <cdb.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/failure.h"
#include "base/random.h"
#include "checkpw/schemes.h"
#include "checkpw/users_db.h"

namespace checkpw {

namespace {

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

// Removes the temporary file if it was not renamed.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {
    ::unlink(path_.c_str());  // an earlier crash's; the lock is ours
    fd_ = base::open_file(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  }
  ~Temporary() {
    if (fd_) ::unlink(path_.c_str());
  }
  int fd() const { return fd_.get(); }
  void rename_to(const std::string& path) {
    if (::fsync(fd_.get()) != 0) base::fail("fsync", path_);
    if (::rename(path_.c_str(), path.c_str()) != 0) base::fail("rename to", path);
    fd_.reset();
    const auto directory = base::open_file(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY);
    if (::fsync(directory.get()) != 0) base::fail("fsync", directory_of(path));
  }

 private:
  std::string path_;
  base::UniqueFd fd_;
};

void add(cdb_make& cdb, std::string_view key, std::string_view data) {
  if (::cdb_make_add(&cdb, key.data(), static_cast<unsigned>(key.size()), data.data(),
                     static_cast<unsigned>(data.size())) != 0)
    base::fail("write the database");
}

}  // namespace

base::UniqueFd UsersUpdate::take_lock(const std::string& path) {
  auto lock = base::open_file((path + ".lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) base::fail("lock", path);
  return lock;
}

UsersUpdate::UsersUpdate(const std::string& path, base::UniqueFd lock, Header header)
    : path_(path), lock_(std::move(lock)), header_(std::move(header)) {}

UsersUpdate::UsersUpdate(const std::string& path) : path_(path), lock_(take_lock(path)) {
  UsersDb users(path);
  header_ = users.header();
  users.for_each([this](std::string_view key, std::string_view record) {
    records_.emplace(key, record);
  });
}

bool UsersUpdate::create(const std::string& path, std::string_view scheme) {
  auto lock = take_lock(path);
  if (::access(path.c_str(), F_OK) == 0) return false;
  if (errno != ENOENT) base::fail("look for", path);
  const auto nobody_knows = base::random_name<32>();
  UsersUpdate update(path, std::move(lock),
                     {std::string(scheme), make_stored(scheme, nobody_knows.view())});
  update.commit();
  return true;
}

std::optional<Account> UsersUpdate::find(const std::string& login) const {
  const auto found = records_.find(login);
  if (found == records_.end()) return {};
  auto account = decode(found->second);
  if (!account) throw base::Failure(login, "record is damaged, or of a newer version");
  return account;
}

void UsersUpdate::put(const std::string& login, const Account& account) {
  records_[login] = encode(account);
}

bool UsersUpdate::remove(const std::string& login) { return records_.erase(login) != 0; }

void UsersUpdate::commit() {
  Temporary file(path_ + ".new");
  cdb_make cdb;
  if (::cdb_make_start(&cdb, file.fd()) != 0) base::fail("write", path_);
  add(cdb, "", encode(header_));
  for (const auto& [login, record] : records_) add(cdb, login, record);
  if (::cdb_make_finish(&cdb) != 0) base::fail("write", path_);
  file.rename_to(path_);
}

}  // namespace checkpw
