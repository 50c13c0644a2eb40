// SPDX-License-Identifier: ISC
#include "pop3d/conf_sources.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "pop3d/conf_run.h"

namespace pop3d {

namespace {

std::vector<std::string> names_in(const std::string& directory, Complaints& complaints) {
  std::vector<std::string> names;
  DIR* const open = ::opendir(directory.c_str());
  if (!open) {
    complaints.error(directory, {}, std::strerror(errno));
    return names;
  }
  while (const auto entry = ::readdir(open))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  ::closedir(open);
  std::sort(names.begin(), names.end());
  return names;
}

std::string place_text(const Place& place) {
  return std::string(place.file) + (place.line ? ":" + std::to_string(place.line) : "");
}

bool looks_like_ours(std::string_view name) { return name.starts_with("POP3_") || name.starts_with("TLS_"); }

}  // namespace

void Complaints::error(const std::string& where, std::string_view name, std::string_view text) {
  ++errors_;
  remark(where, name, text);
}

void Complaints::remark(const std::string& where, std::string_view name, std::string_view text) {
  std::string line = where + ": ";
  if (!name.empty()) line.append(name).append(": ");
  line.append(text).append("\n");
  base::try_write_all(2, line);
}

void Effective::set(const Setting& setting, std::string_view value, std::string source) {
  const std::string text(value);
  if (text.empty()) base::unset_env(setting.name);
  else base::set_env(setting.name, text.c_str());
  values_[index_of(setting)] = {text, std::move(source), true};
}

void Effective::check(const Setting& setting, std::string_view value, const std::string& where) {
  if (const auto wrong = wrong_value(setting, value); !wrong.empty()) complaints_.error(where, setting.name, wrong.view());
}

// Other variables than ours may stand anywhere; what looks like ours should be.
bool Effective::check_name(std::string_view name, Levels source, const std::string& where, const char* why) {
  const auto setting = find_setting(name);
  if (!setting && looks_like_ours(name)) complaints_.error(where, name, "no such setting");
  if (setting && (setting->levels & source) == 0) complaints_.error(where, name, why);
  return setting && (setting->levels & source) != 0;
}

void Effective::read_variable(const std::string& directory, const std::string& name) {
  const auto path = directory + '/' + name;
  const auto where = path + ":1";
  const auto fd = base::try_open(path.c_str(), O_RDONLY | O_NONBLOCK);
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0) return complaints_.error(path, {}, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return complaints_.error(path, {}, "not a regular file");
  if ((status.st_mode & 022) != 0) complaints_.error(path, {}, "group or others may write it");
  std::string text(65536, '\0');
  text.resize(base::read_all(fd.get(), text));
  if (text.empty()) return;  // envdir(8): unsets it
  text.resize(std::min(text.find('\n'), text.size()));
  text.resize(text.find_last_not_of(" \t") + 1);
  if (!check_name(name, by_service, where, "nobody sets it: programs tell it each other, or it belongs to a user")) return;
  const auto& setting = *find_setting(name);
  check(setting, text, where);
  set(setting, text, path);
}

void Effective::read_service(const std::string& directory) {
  const auto env = directory + "/env";
  struct stat status;
  if (::stat(env.c_str(), &status) == 0 && (status.st_mode & 022) != 0)
    complaints_.error(env, {}, "group or others may write in it");
  for (const auto& name : names_in(env, complaints_)) read_variable(env, name);
}

void Effective::take(const ConfReader& reader, bool only_unset) {
  for (const auto& finding : reader.findings()) {
    const auto where = place_text(finding.place);
    if (finding.what == Finding::What::no_effect)
      complaints_.remark(where, finding.name, "has no effect here; what does the job: " + std::string(finding.text));
    else
      complaints_.error(where, finding.name, finding.text);
  }
  for (const auto& given : reader.given()) {
    const bool stays = only_unset ? (*this)[*given.setting].is_set : is_in_record(given.setting->name);
    if (!stays) set(*given.setting, given.value, place_text(given.place));
  }
}

void Effective::read_config(const std::string& path, Grammar grammar) {
  ConfReader reader(by_file, ::geteuid());
  reader.read_file(path, grammar);
  take(reader, true);
}

bool Effective::read_rules(const std::string& path, const std::string& address) {
  const auto check_variable = [this](std::string_view name, std::string_view value, const std::string& where) {
    if (check_name(name, by_address, where, "cannot depend on the address")) check(*find_setting(name), value, where);
  };
  const auto use_variable = [&](std::string_view name, std::string_view value, std::string_view rule) {
    const auto setting = find_setting(name);
    if (setting && (setting->levels & by_address) != 0) set(*setting, value, path + " rule \"" + std::string(rule) + '"');
  };
  const bool is_good = check_all_rules(path, complaints_, check_variable);
  return !is_good || address.empty() || find_rule(path, address, use_variable);
}

bool Effective::read_record(const std::string& users, const std::string& login) {
  const auto lines = run_pop3_record(users, login);
  if (!lines) {
    complaints_.error(users, login, "no such login, or the database cannot be read");
    return false;
  }
  std::string decided;
  for (std::string_view rest = *lines; !rest.empty();) {
    const auto line = take_line(rest);
    const auto name = line.substr(0, line.find('='));
    const auto value = line.substr(std::min(name.size() + 1, line.size()));
    if (name == "UID") uid_ = base::parse_number<uid_t>(value).value_or(0);
    if (name == "GID") gid_ = base::parse_number<gid_t>(value).value_or(0);
    if (name == "HOME") home_ = value;
    const auto setting = find_setting(name);
    if (!setting || (setting->levels & by_record) == 0) continue;
    check(*setting, value, users + ": " + login);
    set(*setting, value, users + " record \"" + login + '"');
    decided.append(decided.empty() ? "" : " ").append(name);
  }
  base::set_env("POP3_RECORD", decided.c_str());
  return true;
}

void Effective::read_user_config(const std::string& path) {
  const auto whole = path.starts_with('/') ? path : home_ + '/' + path;
  ConfFile file;
  base::Text<160> wrong;
  switch (read_as_user(uid_, gid_, whole, file, wrong)) {
    case FileResult::missing: return;
    case FileResult::wrong: return complaints_.error(whole, {}, wrong.view());
    case FileResult::good: break;
  }
  ConfReader reader(by_user, uid_);
  reader.read_text(whole, file.text(), Grammar::unknown);
  take(reader, false);
}

void Effective::read_user_directory(const std::string& directory, const std::string& login) {
  // Without a login no uid is the user's: root's own serve as a stranger's.
  const uid_t user = login.empty() ? static_cast<uid_t>(-1) : uid_;
  if (const auto wrong = wrong_directory(directory.c_str(), user); !wrong.empty())
    return complaints_.error(directory, {}, wrong.view());
  for (const auto& name : login.empty() ? names_in(directory, complaints_) : std::vector<std::string>{login}) {
    if (!is_file_name(name)) continue;
    ConfReader reader(by_directory, user);
    reader.read_file(directory + '/' + name, Grammar::unknown);
    if (login.empty()) {
      for (const auto& finding : reader.findings())
        if (finding.what == Finding::What::error) complaints_.error(place_text(finding.place), finding.name, finding.text);
    } else {
      take(reader, false);
    }
  }
}

}  // namespace pop3d
