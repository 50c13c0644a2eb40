// SPDX-License-Identifier: ISC
#include "checkpw/users_db.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/failure.h"

namespace checkpw {

namespace {

// Whoever may write in the directory may replace the file, if the sticky bit does not stop him.
void check_directory(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == path.npos ? "." : path.substr(0, slash + 1);
  struct stat status;
  if (::stat(directory.c_str(), &status) != 0) base::fail("stat", directory);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw Unsafe(directory, "group or others may write in this directory");
}

}  // namespace

PrivateFile open_private(const std::string& path) {
  PrivateFile file{base::open_file(path.c_str(), O_RDONLY), 0};
  struct stat status;
  if (::fstat(file.fd.get(), &status) != 0) base::fail("stat", path);
  if (!S_ISREG(status.st_mode)) throw Unsafe(path, "not a regular file");
  if ((status.st_mode & 077) != 0) throw Unsafe(path, "must have mode 0600");
  check_directory(path);
  file.owner = status.st_uid;
  return file;
}

UsersDb::UsersDb(const std::string& path) : path_(path) {
  auto file = open_private(path);
  fd_ = std::move(file.fd);
  owner_ = file.owner;
  if (::cdb_init(&cdb_, fd_.get()) != 0) throw base::Failure(path, "not a CDB");
}

UsersDb::~UsersDb() { ::cdb_free(&cdb_); }

std::optional<std::string_view> UsersDb::raw(std::string_view key) {
  const int found = ::cdb_find(&cdb_, key.data(), static_cast<unsigned>(key.size()));
  if (found < 0) throw base::Failure(path_, "damaged");
  if (found == 0) return {};
  const auto data = static_cast<const char*>(cdb_getdata(&cdb_));
  if (!data) throw base::Failure(path_, "damaged");
  return std::string_view(data, cdb_datalen(&cdb_));
}

std::optional<Account> UsersDb::find(std::string_view login) {
  if (login.empty()) return {};
  const auto record = raw(login);
  if (!record) return {};
  auto account = decode(*record);
  if (!account) throw base::Failure(path_, "a record is damaged, or of a newer version");
  return account;
}

Header UsersDb::header() {
  const auto record = raw("");
  const auto header = record ? decode_header(*record) : std::nullopt;
  if (!header) throw base::Failure(path_, "not a users.cdb, or of a newer version");
  return *header;
}

bool UsersDb::next(unsigned& position) {
  const int found = ::cdb_seqnext(&position, &cdb_);
  if (found < 0) throw base::Failure(path_, "damaged");
  return found > 0;
}

std::pair<std::string_view, std::string_view> UsersDb::current() {
  const auto key = static_cast<const char*>(cdb_getkey(&cdb_));
  const auto data = static_cast<const char*>(cdb_getdata(&cdb_));
  if (!key || !data) throw base::Failure(path_, "damaged");
  return {{key, cdb_keylen(&cdb_)}, {data, cdb_datalen(&cdb_)}};
}

}  // namespace checkpw
