// SPDX-License-Identifier: ISC
// One record of users.cdb: all that a login needs, so that nothing is looked up elsewhere.
// Format: users.cdb(5).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checkpw/record_settings.h"

namespace checkpw {

constexpr std::size_t max_login = 128;    // octets; pop3d/login_messages.h says why
constexpr std::size_t max_secret = 248;   // octets of a password
constexpr std::size_t max_stored = 768;   // octets of a stored secret, its {SCHEME} included: a
                                          // sealed one holds SCRAM's keys and the longest password
constexpr std::size_t max_secret_name = 32;
constexpr std::size_t max_path = 1024;    // octets of home, maildir, shell
constexpr std::size_t max_groups = 256;
constexpr std::size_t max_secrets = 16;

// One of a login's secrets. One with a name, such as "phone", can be revoked by it.
struct StoredSecret {
  std::string stored;  // "{SCHEME}value"
  std::string name;    // empty: the main one

  StoredSecret(std::string text) : stored(std::move(text)) {}
  StoredSecret(const char* text) : stored(text) {}
  StoredSecret(std::string text, std::string its_name) : stored(std::move(text)), name(std::move(its_name)) {}
  bool operator==(const StoredSecret&) const = default;
};

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;          // supplementary ones; empty: just gid
  std::string home;                   // absolute
  std::string maildir;                // relative to home or absolute; empty: pop3d's argument
  std::string shell;                  // for SHELL; empty: /bin/sh
  bool is_system = false;             // made from passwd(5): home must belong to uid
  std::vector<RecordSetting> settings;  // for the programs behind checkpw
  std::vector<StoredSecret> secrets;  // any of them lets the user in

  Account() = default;
  Account(const Account&) = default;
  Account(Account&&) = default;
  Account& operator=(const Account&) = default;
  Account& operator=(Account&&) = default;
  ~Account();  // wipes the secrets
};

// The record's octets. The account must be one that check_account lets pass.
std::string encode(const Account& account);

// The account in RECORD. Pure. Nothing if anything in it is unknown, malformed, missing or out
// of bounds: a record of a newer version is refused, never half understood.
std::optional<Account> decode(std::string_view record);

// What is wrong with the account, in words for an administrator; nothing if it may be stored.
std::optional<std::string> check_account(const Account& account);

// What is wrong with a login name; nothing if it may be stored. 1 to 128 octets of text without
// blank, : and /, not beginning with a dot, a hyphen or a #, and prepared (checkpw/prepare.h) if
// it is not ASCII.
std::optional<std::string> check_login_name(std::string_view name);

// The same for a secret's name: 1 to 32 of a-z, 0-9 and hyphen.
std::optional<std::string> check_secret_name(std::string_view name);

// The database's own record, under the empty key.
struct Header {
  std::string scheme;  // what new secrets are stored as
  std::string dummy;   // a stored secret of that scheme that nobody knows: an unknown login is
                       // verified against it, so that it costs what a known one does
  std::string key;     // 64 hexadecimal digits: what SCRAM's salts are made with. Empty in a header
                       // of popchain 0.1's: the dummy serves
};
std::string encode(const Header& header);
std::optional<Header> decode_header(std::string_view record);

}  // namespace checkpw
