// SPDX-License-Identifier: ISC
// users.cdb: changed by UsersUpdate, read by UsersDb.
#include "checkpw/users_update.h"

#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "checkpw/users_db.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using checkpw::Account;
using checkpw::UsersDb;
using checkpw::UsersUpdate;

Account account_of(std::string secret) {
  Account account;
  account.uid = 1000;
  account.gid = 100;
  account.home = "/home/joe";
  account.secrets = {"{PLAIN}" + secret};
  return account;
}

// A database with LOGINS, whose secrets are their names.
class Database {
 public:
  explicit Database(const std::vector<std::string>& logins = {}) {
    UsersUpdate::create(path(), "PLAIN", key_path());
    UsersUpdate update(path(), key_path());
    for (const auto& login : logins) update.put(login, account_of(login));
    update.commit();
  }
  std::string path() const { return scratch_.path("users.cdb"); }
  std::string key_path() const { return scratch_.path("users.key"); }
  const Scratch& scratch() const { return scratch_; }
  // The login's first secret; empty if there is no such login.
  std::string secret(std::string_view login) const {
    const auto account = UsersDb(path()).find(login);
    return account ? account->secrets.at(0).stored : "";
  }

 private:
  Scratch scratch_;
};

// What opening PATH throws: "Unsafe", "Failure", or nothing.
std::string thrown_by_opening(const std::string& path) {
  try {
    const UsersDb users(path);
    return "";
  } catch (const checkpw::Unsafe&) {
    return "Unsafe";
  } catch (const base::Failure&) {
    return "Failure";
  }
}

// Reads all that a file pretending to be a database has. What it says is not believed, but it
// must not be able to do more than throw.
void read_all_of(const std::string& path) try {
  UsersDb users(path);
  for (const auto login : {"joe", "eve", "nobody"}) try {
      (void)users.find(login);
    } catch (const base::Failure&) {
    }
  try {
    (void)users.header();
  } catch (const base::Failure&) {
  }
  std::size_t octets = 0;
  users.for_each([&](std::string_view key, std::string_view record) {
    for (const char c : std::string(key) + std::string(record)) octets += c != '\0';
  });
} catch (const base::Failure&) {
}

}  // namespace

TEST(new_database_is_empty_private_and_has_a_header) {
  const Scratch scratch;
  const auto path = scratch.path("users.cdb");
  CHECK(UsersUpdate::create(path, "ARGON2ID", scratch.path("users.key")));
  struct stat status;
  CHECK(::stat(path.c_str(), &status) == 0 && (status.st_mode & 07777) == 0600);
  UsersDb users(path);
  CHECK_EQ(users.header().scheme, "ARGON2ID");
  CHECK(users.header().dummy.starts_with("{ARGON2ID}"));
  CHECK_EQ(users.owner(), ::geteuid());
  std::size_t records = 0;
  users.for_each([&](std::string_view, std::string_view) { ++records; });
  CHECK_EQ(records, 0u);
}

TEST(database_is_not_created_over_another) {
  const Database database({"joe"});
  CHECK(!UsersUpdate::create(database.path(), "BCRYPT", database.key_path()));
  CHECK_EQ(database.secret("joe"), "{PLAIN}joe");
}

TEST(login_that_was_put_is_found_after_commit_only) {
  const Database database;
  UsersUpdate update(database.path(), database.key_path());
  update.put("joe", account_of("sesame"));
  CHECK(update.find("joe"));
  CHECK_EQ(database.secret("joe"), "");
  update.commit();
  CHECK_EQ(database.secret("joe"), "{PLAIN}sesame");
}

TEST(login_is_found_by_its_exact_name) {
  const Database database({"joe"});
  for (const auto login : {"", "jo", "joey", "Joe", "joe ", "eve"})
    CHECK_EQ(database.secret(login), "");
}

TEST(login_that_is_put_again_has_the_new_account_alone) {
  const Database database({"joe", "eve"});
  UsersUpdate update(database.path(), database.key_path());
  update.put("joe", account_of("new"));
  update.commit();
  CHECK_EQ(database.secret("joe"), "{PLAIN}new");
  CHECK_EQ(database.secret("eve"), "{PLAIN}eve");
}

TEST(login_that_was_removed_is_gone_and_the_others_stay) {
  const Database database({"joe", "eve"});
  UsersUpdate update(database.path(), database.key_path());
  CHECK(update.remove("joe"));
  CHECK(!update.remove("joe"));
  update.commit();
  CHECK_EQ(database.secret("joe"), "");
  CHECK_EQ(database.secret("eve"), "{PLAIN}eve");
}

TEST(update_that_is_not_committed_changes_nothing) {
  const Database database({"joe"});
  const auto before = database.scratch().read("users.cdb");
  {
    UsersUpdate update(database.path(), database.key_path());
    update.remove("joe");
  }
  CHECK(database.scratch().read("users.cdb") == before);
}

TEST(commit_leaves_no_temporary_file) {
  const Database database({"joe"});
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(database.scratch().path()))
    files.insert(entry.path().filename());
  CHECK(files == std::set<std::string>({"users.cdb", "users.cdb.lock"}));
}

TEST(every_record_is_visited_once) {
  std::vector<std::string> logins;
  for (int i = 0; i < 500; ++i) logins.push_back("user" + std::to_string(i));
  const Database database(logins);
  std::multiset<std::string> visited;
  UsersDb(database.path()).for_each([&](std::string_view key, std::string_view record) {
    CHECK_ROW(key, checkpw::decode(record));
    visited.emplace(key);
  });
  CHECK(visited == std::multiset<std::string>(logins.begin(), logins.end()));
}

TEST(database_that_others_may_read_or_write_is_unsafe) {
  const Database database;
  for (const mode_t mode : {0600u, 0400u}) {
    ::chmod(database.path().c_str(), mode);
    CHECK_EQ(thrown_by_opening(database.path()), "");
  }
  for (const mode_t mode : {0640u, 0620u, 0610u, 0604u, 0602u, 0601u, 0666u}) {
    ::chmod(database.path().c_str(), mode);
    CHECK_EQ(thrown_by_opening(database.path()), "Unsafe");
  }
}

TEST(database_in_a_directory_that_others_may_write_is_unsafe) {
  const Database database;
  for (const mode_t mode : {0770u, 0702u, 01777u}) {
    ::chmod(database.scratch().path().c_str(), mode);
    CHECK_EQ(thrown_by_opening(database.path()), "Unsafe");
  }
  ::chmod(database.scratch().path().c_str(), 0755);
  CHECK_EQ(thrown_by_opening(database.path()), "");
}

TEST(what_is_no_regular_file_is_unsafe) {
  const Scratch scratch;
  scratch.make_directory("users.cdb");
  CHECK_EQ(thrown_by_opening(scratch.path("users.cdb")), "Unsafe");
}

TEST(database_that_is_missing_or_no_cdb_is_a_failure) {
  const Scratch scratch;
  CHECK_EQ(thrown_by_opening(scratch.path("users.cdb")), "Failure");
  for (const auto& content : {std::string(), std::string("x"), std::string(2047, '\0')}) {
    scratch.write("users.cdb", content);
    CHECK_EQ(thrown_by_opening(scratch.path("users.cdb")), "Failure");
  }
}

TEST(damaged_record_is_a_failure_not_an_unknown_login) {
  const Database database({"joe"});
  auto content = database.scratch().read("users.cdb");
  content.replace(content.find("home="), 5, "hone=");
  database.scratch().write("users.cdb", content);
  const auto is_failure = [](auto find) {
    try {
      (void)find();
      return false;
    } catch (const base::Failure&) {
      return true;
    }
  };
  CHECK(is_failure([&] { return UsersDb(database.path()).find("joe"); }));
  CHECK(is_failure([&] { return UsersUpdate(database.path(), database.key_path()).find("joe"); }));
}

TEST(truncated_database_throws_or_gives_the_right_account) {
  const Database database({"joe", "eve"});
  const auto content = database.scratch().read("users.cdb");
  for (std::size_t size = 0; size < content.size(); ++size) {
    database.scratch().write("users.cdb", std::string_view(content).substr(0, size));
    read_all_of(database.path());
    try {
      CHECK_ROW(size, database.secret("joe") == "{PLAIN}joe");
    } catch (const base::Failure&) {
    }
  }
}

TEST(truncated_database_is_not_taken_for_a_smaller_one) {
  // or the next change of any login would remove the others for good
  const Database database({"joe", "eve"});
  const auto content = database.scratch().read("users.cdb");
  for (std::size_t size = 2048; size < content.size(); ++size) {
    database.scratch().write("users.cdb", std::string_view(content).substr(0, size));
    try {
      const UsersUpdate update(database.path(), database.key_path());
      CHECK_ROW(size, update.find("joe") && update.find("eve"));
    } catch (const base::Failure&) {
    }
  }
}

TEST(database_with_any_octet_changed_does_no_harm) {
  const Database database({"joe", "eve"});
  const auto content = database.scratch().read("users.cdb");
  for (std::size_t at = 0; at < content.size(); ++at)
    for (const unsigned flip : {0x01u, 0x80u, 0xffu}) {
      auto damaged = content;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      database.scratch().write("users.cdb", damaged);
      read_all_of(database.path());
    }
}
