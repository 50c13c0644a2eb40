// SPDX-License-Identifier: ISC
#include "checkpw/account.h"

#include <algorithm>
#include <set>

#include "base/secret.h"
#include "base/text.h"
#include "checkpw/digest.h"
#include "checkpw/prepare.h"
#include "checkpw/schemes.h"

namespace checkpw {

namespace {

// setresuid's and setgroups' word for "leave it": no account's.
constexpr auto no_id = static_cast<uid_t>(-1);

constexpr std::string_view version_field("v=1\0", 4);

void put(std::string& record, std::string_view name, std::string_view value) {
  record.append(name).append(1, '=').append(value).append(1, '\0');
}

// One "name=value\0" from the front of RECORD.
struct Field {
  std::string_view name, value;
};
std::optional<Field> take_field(std::string_view& record) {
  const auto nul = record.find('\0');
  if (nul == record.npos) return {};
  const auto field = record.substr(0, nul);
  record.remove_prefix(nul + 1);
  const auto equals = field.find('=');
  if (equals == field.npos) return {};
  return Field{field.substr(0, equals), field.substr(equals + 1)};
}

bool parse_groups(std::string_view text, std::vector<gid_t>& groups) {
  for (;;) {
    const auto comma = text.find(',');
    const auto group = base::parse_number<gid_t>(text.substr(0, comma));
    if (!group || *group == no_id || groups.size() == max_groups) return false;
    groups.push_back(*group);
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::string> check_path(std::string_view name, std::string_view path) {
  if (path.size() > max_path) return std::string(name) + " is too long";
  if (std::any_of(path.begin(), path.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ':';
      }))
    return std::string(name) + " holds a colon or a control character";
  return {};
}

template <typename Id>
bool take_id(std::string_view text, Id& id, bool& seen) {
  const auto number = base::parse_number<Id>(text);
  if (seen || !number) return false;
  seen = true;
  id = *number;
  return true;
}

// "secret" or "secret:NAME".
bool take_secret(std::string_view name, std::string_view value, std::vector<StoredSecret>& secrets) {
  constexpr std::string_view field = "secret", named = "secret:";
  if (name != field && (!name.starts_with(named) || name == named)) return false;
  secrets.emplace_back(std::string(value), std::string(name == field ? "" : name.substr(named.size())));
  return true;
}

// "set:NAME".
bool take_setting(std::string_view name, std::string_view value, std::vector<RecordSetting>& settings) {
  constexpr std::string_view field = "set:";
  if (!name.starts_with(field)) return false;
  settings.push_back({std::string(name.substr(field.size())), std::string(value)});
  return true;
}

bool take_text(std::string_view text, std::string& value) {
  if (text.empty() || !value.empty()) return false;
  value = text;
  return true;
}

}  // namespace

Account::~Account() {
  for (auto& secret : secrets) base::wipe(secret.stored.data(), secret.stored.size());
}

std::string encode(const Account& account) {
  std::string record(version_field);
  put(record, "uid", std::to_string(account.uid));
  put(record, "gid", std::to_string(account.gid));
  std::string groups;
  for (const auto group : account.groups)
    groups += (groups.empty() ? "" : ",") + std::to_string(group);
  if (!groups.empty()) put(record, "groups", groups);
  put(record, "home", account.home);
  if (!account.maildir.empty()) put(record, "maildir", account.maildir);
  if (!account.shell.empty()) put(record, "shell", account.shell);
  if (account.is_system) put(record, "system", "1");
  for (const auto& setting : account.settings) put(record, "set:" + setting.name, setting.value);
  for (const auto& secret : account.secrets)
    put(record, secret.name.empty() ? "secret" : "secret:" + secret.name, secret.stored);
  return record;
}

std::optional<Account> decode(std::string_view record) {
  if (!record.starts_with(version_field)) return {};
  record.remove_prefix(version_field.size());
  Account account;
  bool has_uid = false, has_gid = false;
  while (!record.empty()) {
    const auto field = take_field(record);
    if (!field) return {};
    const auto [name, value] = *field;
    bool good = true;
    if (name == "uid") good = take_id(value, account.uid, has_uid);
    else if (name == "gid") good = take_id(value, account.gid, has_gid);
    else if (name == "groups") good = account.groups.empty() && parse_groups(value, account.groups);
    else if (name == "home") good = take_text(value, account.home);
    else if (name == "maildir") good = take_text(value, account.maildir);
    else if (name == "shell") good = take_text(value, account.shell);
    else if (name == "system") good = value == "1" && !account.is_system, account.is_system = true;
    else good = take_setting(name, value, account.settings) || take_secret(name, value, account.secrets);
    if (!good) return {};
  }
  if (!has_uid || !has_gid || check_account(account)) return {};
  return account;
}

std::optional<std::string> check_account(const Account& account) {
  if (account.uid == no_id || account.gid == no_id) return "uid or gid out of range";
  for (const auto group : account.groups)
    if (group == no_id) return "group out of range";
  if (!account.home.starts_with('/')) return "home is not an absolute path";
  if (auto wrong = check_path("home", account.home)) return wrong;
  if (auto wrong = check_path("maildir", account.maildir)) return wrong;
  if (auto wrong = check_path("shell", account.shell)) return wrong;
  if (account.shell.find(';') != std::string::npos) return "shell holds a semicolon";
  if (account.groups.size() > max_groups) return "too many groups";
  if (auto wrong = check_settings(account.settings)) return wrong;
  if (account.secrets.empty()) return "no secret";
  if (account.secrets.size() > max_secrets) return "too many secrets";
  std::set<std::string_view> names;
  for (const auto& secret : account.secrets) {
    if (auto wrong = check_stored(secret.stored)) return wrong;
    if (secret.name.empty()) continue;
    if (auto wrong = check_secret_name(secret.name)) return wrong;
    if (!names.insert(secret.name).second) return "two secrets have the same name";
  }
  return {};
}

std::optional<std::string> check_login_name(std::string_view name) {
  if (name.empty()) return "login is empty";
  if (name.size() > max_login) return "login is longer than 128 octets";
  if (name[0] == '.' || name[0] == '-' || name[0] == '#')
    return "login begins with a dot, a hyphen or a #";
  if (name.find_first_of(" :/") != name.npos) return "login holds a blank, a colon or a slash";
  if (!is_utf8_text(name)) return "login holds a control character, or what is not UTF-8";
  if (!is_ascii(name) && prepare(name) != name) return "login is not as SASLprep (RFC 4013) has it";
  return {};
}

std::optional<std::string> check_secret_name(std::string_view name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (name.empty() || name.size() > max_secret_name || name.find_first_not_of(allowed) != name.npos)
    return "a secret's name is 1 to 32 of a-z, 0-9 and hyphen";
  return {};
}

std::string encode(const Header& header) {
  std::string record(version_field);
  put(record, "scheme", header.scheme);
  put(record, "dummy", header.dummy);
  if (!header.key.empty()) put(record, "key", header.key);
  return record;
}

std::optional<Header> decode_header(std::string_view record) {
  if (!record.starts_with(version_field)) return {};
  record.remove_prefix(version_field.size());
  const auto scheme = take_field(record);
  const auto dummy = scheme ? take_field(record) : std::nullopt;
  if (!dummy || scheme->name != "scheme" || dummy->name != "dummy") return {};
  Header header{std::string(scheme->value), std::string(dummy->value), {}};
  if (!record.empty()) {
    const auto key = take_field(record);
    if (!key || key->name != "key" || key->value.size() != 2 * sha256_octets || !from_hex(key->value)) return {};
    header.key = key->value;
  }
  if (!record.empty() || !is_password_scheme(header.scheme) || check_stored(header.dummy)) return {};
  return header;
}

}  // namespace checkpw
