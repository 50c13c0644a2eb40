// SPDX-License-Identifier: ISC
#include "tls/sources.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace tls {

namespace {

bool exists(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0;
}

bool is_directory(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string_view last_part(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

Entry entry_of_directory(const std::string& path) {
  return {std::string(last_part(path)), path + "/fullchain.pem", path + "/privkey.pem", path + "/ocsp.der"};
}

Entry entry_of_file(const std::string& path) {
  const auto stem = path.ends_with(".pem") ? path.substr(0, path.size() - 4) : path;
  if (last_part(path) == "fullchain.pem") return entry_of_directory(path.substr(0, path.size() - 14));
  const auto key = stem + ".key";
  return {std::string(last_part(stem)), path, exists(key) ? key : std::string(), stem + ".ocsp"};
}

std::vector<std::string> list(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  if (!open) return names;
  while (const dirent* found = ::readdir(open.get()))
    if (found->d_name[0] != '.') names.emplace_back(found->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

void add_entries_of(const std::string& directory, std::vector<Entry>& entries) {
  for (const auto& name : list(directory)) {
    const auto path = directory + '/' + name;
    if (is_directory(path)) {
      if (exists(path + "/fullchain.pem")) entries.push_back(entry_of_directory(path));
    } else if (name.ends_with(".pem")) {
      entries.push_back(entry_of_file(path));
    }
  }
}

void add_look(const std::string& path, std::string& seen) {
  struct stat status{};
  seen += path;
  if (::stat(path.c_str(), &status) == 0)
    for (const auto value : {static_cast<long>(status.st_dev), static_cast<long>(status.st_ino),
                             static_cast<long>(status.st_size), static_cast<long>(status.st_mtim.tv_sec),
                             static_cast<long>(status.st_mtim.tv_nsec), static_cast<long>(status.st_ctim.tv_sec),
                             static_cast<long>(status.st_ctim.tv_nsec)})
      seen += ' ' + std::to_string(value);
  seen += '\n';
}

}  // namespace

std::vector<Entry> find_entries(const std::vector<Source>& sources) {
  std::vector<Entry> entries;
  for (const auto& source : sources) {
    if (!is_directory(source.path)) {
      entries.push_back(entry_of_file(source.path));
      if (!source.key.empty()) entries.back().key = source.key;
    } else if (exists(source.path + "/fullchain.pem")) {
      entries.push_back(entry_of_directory(source.path));
      if (!source.key.empty()) entries.back().key = source.key;
    } else {
      add_entries_of(source.path, entries);
    }
  }
  return entries;
}

std::string look_at(const std::vector<Source>& sources, const std::string& authorities) {
  std::string seen;
  for (const auto& entry : find_entries(sources)) {
    add_look(entry.certificate, seen);
    if (!entry.key.empty()) add_look(entry.key, seen);
    add_look(entry.ocsp, seen);
  }
  if (!authorities.empty()) add_look(authorities, seen);
  return seen;
}

}  // namespace tls
