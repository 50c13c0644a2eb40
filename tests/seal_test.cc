// SPDX-License-Identifier: ISC
// Key files, sealed secrets, and a database whose key changes.
#include <sys/stat.h>
#include <unistd.h>

#include "checkpw/digest.h"
#include "checkpw/keys.h"
#include "checkpw/prepare.h"
#include "checkpw/schemes.h"
#include "checkpw/storing.h"
#include "checkpw/users_db.h"
#include "checkpw/users_update.h"
#include "checkpw/verify.h"
#include "tests/check.h"
#include "tests/fuzz/scratch.h"

namespace {

using namespace std::string_literals;
using checkpw::KeyFile;
using checkpw::KeyRing;
using checkpw::Method;
using checkpw::scram_salt;
using checkpw::UsersUpdate;

const std::string hex(64, 'a');
const checkpw::Header header{"SEALED", "{PLAIN}x", hex};

KeyRing ring(const std::string& text) { return std::move(*checkpw::parse_keys(text)); }

// What calling ACT throws: "UnknownKey", "Unsafe", "Failure", or nothing.
template <typename Act>
std::string thrown_by(Act act) try {
  (void)act();
  return "";
} catch (const checkpw::UnknownKey&) {
  return "UnknownKey";
} catch (const checkpw::Unsafe&) {
  return "Unsafe";
} catch (const base::Failure&) {
  return "Failure";
}

// A sealed database with joe, whose secret is "sesame".
class Database {
 public:
  Database() {
    UsersUpdate::create(path(), "SEALED", key_path());
    put("joe", "SEALED", "sesame");
  }
  std::string path() const { return scratch_.path("users.cdb"); }
  std::string key_path() const { return scratch_.path("users.key"); }
  const Scratch& scratch() const { return scratch_; }

  void put(const std::string& login, const std::string& scheme, const std::string& password) const {
    UsersUpdate update(path(), key_path());
    checkpw::Account account;
    account.uid = account.gid = 1000;
    account.home = "/home/joe";
    account.secrets = {update.make_stored(scheme, login, password)};
    update.put(login, account);
    update.commit();
  }
  std::string stored(std::string_view login) const {
    return checkpw::UsersDb(path()).find(login)->secrets.at(0).stored;
  }
  bool lets_in(std::string_view login, std::string_view password) const {
    checkpw::UsersDb users(path());
    KeyFile keys(key_path(), users.owner());
    return verify(users, keys, {login, password, "", {}}, Method::password).has_value();
  }

 private:
  Scratch scratch_;
};

}  // namespace

TEST(key_file_is_read_as_it_is_written) {
  KeyRing keys;
  keys.push_back(checkpw::make_key());
  keys.push_back(checkpw::make_key());
  const auto text = checkpw::format_keys(keys);
  const auto again = checkpw::parse_keys(text.view());
  CHECK(again && again->size() == 2 && again->at(0).id == keys[0].id && again->at(1).id == keys[1].id);
  CHECK(again && again->at(0).octets.view() == keys[0].octets.view() && again->at(0).octets.view().size() == 32);
  CHECK(keys[0].octets.view() != keys[1].octets.view());
}

TEST(key_file_that_is_malformed_is_refused) {
  std::string most, too_many;
  for (char id = 'a'; id < 'a' + 16; ++id) most += id + (" " + hex + "\n");
  too_many = most + "z " + hex + "\n";
  CHECK(checkpw::parse_keys(most) && checkpw::parse_keys(std::string(32, 'a') + ' ' + hex + '\n'));
  for (const auto& text :
       {""s, "\n"s, "a " + hex, "a\n"s, hex + "\n", " " + hex + "\n", "A " + hex + "\n", "a-b " + hex + "\n", "a  " + hex + "\n",
        "a " + hex + " \n", "a " + hex + "0\n", "a " + hex.substr(1) + "\n", "a " + hex.substr(1) + "g\n", "a " + hex + "\n\n",
        "a " + hex + "\r\n", "# a\na " + hex + "\n", "a " + hex + "\na " + hex + "\n", "a\t" + hex + "\n", "a " + hex + "\0\n"s,
        std::string(33, 'a') + ' ' + hex + '\n', too_many})
    CHECK_ROW(text, !checkpw::parse_keys(text));
}

TEST(key_file_of_a_database_is_beside_it_but_for_the_installed_one) {
  CHECK_EQ(checkpw::key_path_for("users/users.cdb"), "users/users.key");
  CHECK_EQ(checkpw::key_path_for("/a/users"), "/a/users.key");
  CHECK(checkpw::key_path_for("/a.cdb/users") == "/a.cdb/users.key");
}

TEST(key_file_that_others_may_read_or_replace_is_unsafe) {
  const Scratch scratch;
  const auto path = scratch.path("users.key");
  scratch.write("users.key", "a " + hex + "\n");
  const auto load = [&] { return checkpw::load_keys(path, ::geteuid()); };
  for (const mode_t mode : {0600u, 0400u}) {
    ::chmod(path.c_str(), mode);
    CHECK_EQ(thrown_by(load), "");
  }
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0601u}) {
    ::chmod(path.c_str(), mode);
    CHECK_EQ(thrown_by(load), "Unsafe");
  }
  ::chmod(path.c_str(), 0600);
  ::chmod(scratch.path().c_str(), 0770);
  CHECK_EQ(thrown_by(load), "Unsafe");
  ::chmod(scratch.path().c_str(), 0700);
  scratch.write("users.key", "a " + hex);
  CHECK_EQ(thrown_by(load), "Failure");
  ::unlink(path.c_str());
  CHECK_EQ(thrown_by(load), "Failure");
  if (::geteuid() != 0) return;
  scratch.write("users.key", "a " + hex + "\n");
  CHECK(::chown(path.c_str(), 20002, 20002) == 0);
  CHECK_EQ(thrown_by(load), "Unsafe");  // its owner has root's or popdb's secrets
  CHECK_EQ(thrown_by([&] { return checkpw::load_keys(path, 20002); }), "");
}

TEST(sealed_secret_opens_with_its_key_and_login_alone) {
  const auto keys = ring("a " + hex + "\nb " + std::string(64, 'b') + "\n");
  const auto value = seal(keys[0], "joe", "sesame");
  CHECK(checkpw::is_sealed(value) && checkpw::key_id_of(value) == "a");
  CHECK(value.find("sesame") == value.npos);
  CHECK_EQ(unseal(keys, "joe", value).view(), "sesame");
  for (const auto login : {"", "jo", "joe ", "eve"})
    CHECK_EQ(thrown_by([&] { return unseal(keys, login, value); }), "Failure");
  CHECK_EQ(thrown_by([&] { return unseal(ring("b " + hex + "\n"), "joe", value); }), "UnknownKey");
  CHECK_EQ(thrown_by([&] { return unseal(ring("a " + std::string(64, 'b') + "\n"), "joe", value); }), "Failure");
  CHECK_EQ(thrown_by([&] { return unseal(keys, "joe", "b" + value.substr(1)); }), "Failure");
  CHECK(value != seal(keys[0], "joe", "sesame"));  // a nonce of its own
}

TEST(sealed_secret_with_any_octet_changed_does_not_open) {
  const auto keys = ring("a " + hex + "\n");
  const auto value = seal(keys[0], "joe", "sesame");
  const auto octets = *checkpw::from_base64(value.substr(2));
  for (std::size_t i = 0; i < octets.size(); ++i) {
    auto changed = octets;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_EQ(thrown_by([&] { return unseal(keys, "joe", "a$" + checkpw::to_base64(changed)); }), "Failure");
    const auto cut = "a$" + checkpw::to_base64(octets.substr(0, i));
    CHECK_EQ(thrown_by([&] { return unseal(keys, "joe", cut); }), "Failure");
  }
}

TEST(longest_secret_can_be_sealed) {
  KeyFile keys(ring(std::string(32, 'i') + ' ' + hex + '\n'));
  const std::string longest(checkpw::max_secret, 'x');
  const auto stored = checkpw::make_stored("SEALED", std::string(128, 'j'), longest, header, keys);
  CHECK(!checkpw::check_stored(stored));
  CHECK_EQ(open_secret(stored, std::string(128, 'j'), keys).stored.view(), "{PLAIN}" + longest);
}

TEST(sealed_secret_has_scrams_keys_beside_it_unless_there_is_no_time) {
  KeyFile keys(ring("a " + hex + "\n"));
  const auto quick = checkpw::make_stored("SEALED", "joe", "sesame", header, keys, checkpw::ScramKeysBeside::no);
  CHECK(!open_secret(quick, "joe", keys).keys);
  CHECK_EQ(open_secret(quick, "joe", keys).stored.view(), "{PLAIN}sesame");
  const auto stored = checkpw::make_stored("SEALED", "joe", "sesame", header, keys);
  const auto opened = open_secret(stored, "joe", keys);
  CHECK(opened.keys && format(*opened.keys) == format(derive_scram_keys("sesame", scram_salt(header, "joe"))));
  const auto again = seal_anew(stored, "joe", keys);
  CHECK(again != stored && open_secret(again, "joe", keys).keys);
}

TEST(salt_is_a_logins_own_and_always_the_same) {
  CHECK(scram_salt(header, "joe") == scram_salt(header, "joe"));
  CHECK(!(scram_salt(header, "joe") == scram_salt(header, "eve")));
  CHECK(!(scram_salt(header, "joe") == scram_salt({"SEALED", "{PLAIN}x", std::string(64, 'b')}, "joe")));
  CHECK(scram_salt({"PLAIN", "{PLAIN}x", ""}, "joe").salt.size() == 16);
}

TEST(database_with_a_new_key_has_the_same_secrets_under_it_alone) {
  const Database database;
  database.put("eve", "PLAIN", "open sesame");
  database.put("amy", "BCRYPT", "sesame amy");
  const auto before = database.stored("joe"), hash = database.stored("amy"), key_before = database.scratch().read("users.key");
  UsersUpdate(database.path(), database.key_path()).seal_all();
  const auto key = database.scratch().read("users.key");
  CHECK(key != key_before && checkpw::parse_keys(key)->size() == 1);
  for (const auto login : {"joe", "eve"})
    CHECK_ROW(login, checkpw::key_id_of(checkpw::value_of(database.stored(login))) == checkpw::parse_keys(key)->front().id);
  CHECK_EQ(database.stored("amy"), hash);
  CHECK(database.lets_in("joe", "sesame") && database.lets_in("eve", "open sesame") && database.lets_in("amy", "sesame amy"));
  CHECK(!database.lets_in("joe", "wrong") && !database.lets_in("nobody", "sesame"));
  KeyFile keys(ring(key));
  CHECK_EQ(thrown_by([&] { return open_secret(before, "joe", keys); }), "UnknownKey");
}

TEST(database_of_plain_secrets_becomes_a_sealed_one) {
  const Scratch scratch;
  const auto path = scratch.path("users.cdb"), key_path = scratch.path("users.key");
  UsersUpdate::create(path, "PLAIN", key_path);
  CHECK(::access(key_path.c_str(), F_OK) != 0);
  UsersUpdate(path, key_path).seal_all();
  const auto after = checkpw::UsersDb(path).header();
  CHECK_EQ(after.scheme, "SEALED");
  CHECK(after.dummy.starts_with("{SEALED}"));
  struct stat status;
  CHECK(::stat(key_path.c_str(), &status) == 0 && (status.st_mode & 07777) == 0600);
}

TEST(crash_while_the_key_changes_leaves_every_secret_open) {
  const Database database;
  const auto old_key = database.scratch().read("users.key"), old_users = database.scratch().read("users.cdb");
  UsersUpdate(database.path(), database.key_path()).seal_all();
  const auto new_key = database.scratch().read("users.key"), new_users = database.scratch().read("users.cdb");
  // The three states in between: both keys and the old database, both and the new one.
  const struct {
    const char* row;
    std::string keys, users;
  } table[] = {{"before", old_key, old_users},
               {"key written", new_key + old_key, old_users},
               {"database written", new_key + old_key, new_users},
               {"done", new_key, new_users}};
  for (const auto& row : table) {
    database.scratch().write("users.key", row.keys);
    database.scratch().write("users.cdb", row.users);
    CHECK_ROW(row.row, database.lets_in("joe", "sesame") && !database.lets_in("joe", "wrong"));
    UsersUpdate(database.path(), database.key_path()).seal_all();  // and the next one ends well
    CHECK_ROW(row.row, checkpw::parse_keys(database.scratch().read("users.key"))->size() == 1);
    CHECK_ROW(row.row, database.lets_in("joe", "sesame"));
  }
}

TEST(key_that_is_lost_changes_nothing_any_more) {
  const Database database;
  const auto users = database.scratch().read("users.cdb");
  const auto seal = [&] { UsersUpdate(database.path(), database.key_path()).seal_all(); return 0; };
  database.scratch().write("users.key", "zzz " + hex + "\n");
  CHECK_EQ(thrown_by(seal), "UnknownKey");
  CHECK_EQ(database.scratch().read("users.key"), "zzz " + hex + "\n");
  ::unlink(database.key_path().c_str());
  CHECK_EQ(thrown_by(seal), "UnknownKey");
  CHECK(::access(database.key_path().c_str(), F_OK) != 0);
  CHECK(database.scratch().read("users.cdb") == users);
  CHECK_EQ(thrown_by([&] { return database.lets_in("joe", "sesame"); }), "Failure");
}

TEST(record_moved_to_another_login_does_not_open) {
  const Database database;
  UsersUpdate update(database.path(), database.key_path());
  update.put("eve", *update.find("joe"));
  update.commit();
  CHECK(database.lets_in("joe", "sesame"));
  CHECK_EQ(thrown_by([&] { return database.lets_in("eve", "sesame"); }), "Failure");
}

TEST(database_of_the_first_version_gets_a_header_key_when_it_is_changed) {
  const Database database;
  auto header_before = checkpw::UsersDb(database.path()).header();
  CHECK_EQ(header_before.key.size(), 64u);
  database.put("eve", "PLAIN", "x");
  CHECK_EQ(checkpw::UsersDb(database.path()).header().key, header_before.key);  // it stays
}
