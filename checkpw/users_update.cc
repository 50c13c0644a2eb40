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
#include "checkpw/storing.h"
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
    // First, so that nothing but the disk itself can fail once the file is in its place.
    const auto directory = base::open_file(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY);
    if (::rename(path_.c_str(), path.c_str()) != 0) base::fail("rename to", path);
    fd_.reset();
    if (::fsync(directory.get()) != 0) base::fail("changed, but perhaps not on disk: fsync", directory_of(path));
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

bool exists(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return true;
  if (errno != ENOENT) base::fail("look for", path);
  return false;
}

// Replaces PATH, which is its owner's alone.
void write_file(const std::string& path, std::string_view content) {
  Temporary file(path + ".new");
  base::write_all(file.fd(), content, path);
  file.rename_to(path);
}

}  // namespace

base::UniqueFd UsersUpdate::take_lock(const std::string& path) {
  auto lock = base::open_file((path + ".lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR) base::fail("lock", path);
  return lock;
}

UsersUpdate::UsersUpdate(const std::string& path, const std::string& key_path, base::UniqueFd lock)
    : path_(path), key_path_(key_path), lock_(std::move(lock)), owner_(::geteuid()), keys_(key_path, owner_) {}

UsersUpdate::UsersUpdate(const std::string& path, const std::string& key_path)
    : UsersUpdate(path, key_path, take_lock(path)) {
  UsersDb users(path);
  owner_ = users.owner();
  keys_ = KeyFile(key_path, owner_);
  header_ = users.header();
  if (header_.key.empty()) header_.key = make_header_key();  // made by popchain 0.1
  users.for_each([this](std::string_view key, std::string_view record) {
    records_.emplace(key, record);
  });
}

bool UsersUpdate::create(const std::string& path, std::string_view scheme, const std::string& key_path) {
  UsersUpdate update(path, key_path, take_lock(path));
  if (::access(path.c_str(), F_OK) == 0) return false;
  if (errno != ENOENT) base::fail("look for", path);
  if (scheme == "SEALED" && !exists(key_path)) {
    KeyRing keys;
    keys.push_back(make_key());
    write_file(key_path, format_keys(keys).view());
  }
  update.header_ = make_header(scheme, update.keys_);
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

std::string UsersUpdate::make_stored(const std::string& scheme, std::string_view login, std::string_view password,
                                     ScramKeysBeside beside) {
  return checkpw::make_stored(scheme, login, password, header_, keys_, beside);
}

void UsersUpdate::seal_all() {
  KeyRing ring;
  ring.push_back(make_key());
  if (exists(key_path_))
    for (auto& key : load_keys(key_path_, owner_))
      if (ring.size() < max_keys) ring.push_back(std::move(key));
  const auto file = format_keys(ring);
  KeyFile keys(std::move(ring));

  if (header_.scheme == "PLAIN") header_.scheme = "SEALED";
  header_.dummy = seal_anew(header_.dummy, "", keys);
  for (auto& [login, record] : records_) {
    auto account = find(login);
    for (auto& secret : account->secrets) secret.stored = seal_anew(secret.stored, login, keys);
    record = encode(*account);
  }
  write_file(key_path_, file.view());
  commit();
  KeyRing current;
  current.push_back(std::move(parse_keys(file.view())->front()));
  write_file(key_path_, format_keys(current).view());
}

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
