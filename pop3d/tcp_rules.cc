// SPDX-License-Identifier: ISC
#include "pop3d/tcp_rules.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdint>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"

namespace pop3d {

namespace {

constexpr std::size_t tables_size = 256 * 8;

// The hash of https://cr.yp.to/cdb/cdb.txt.
std::uint32_t hash_of(std::string_view key) {
  std::uint32_t hash = 5381;
  for (const char c : key) hash = ((hash << 5) + hash) ^ static_cast<unsigned char>(c);
  return hash;
}

using Name = base::Text<128>;  // of a variable

}  // namespace

TcpRules::TcpRules(const char* path) : path_(path) {
  const auto fd = base::open_file(path, O_RDONLY);
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) base::fail("stat", path);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size < tables_size) throw base::Failure(path, "not a CDB");
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (at == MAP_FAILED) base::fail("map", path);
  file_ = {static_cast<const char*>(at), size};
}

TcpRules::~TcpRules() { ::munmap(const_cast<char*>(file_.data()), file_.size()); }

std::string_view TcpRules::part(std::size_t at, std::size_t size) const {
  if (at > file_.size() || size > file_.size() - at) throw base::Failure(path_.view(), "damaged");
  return file_.substr(at, size);
}

std::size_t TcpRules::number(std::size_t at) const {
  const auto four = part(at, 4);
  std::size_t value = 0;
  for (int i = 3; i >= 0; --i)
    value = value << 8 | static_cast<unsigned char>(four[static_cast<std::size_t>(i)]);
  return value;
}

std::optional<std::string_view> TcpRules::look_up(std::string_view key) const {
  const std::size_t hash = hash_of(key);
  const std::size_t table = number(hash % 256 * 8), slots = number(hash % 256 * 8 + 4);
  if (slots == 0) return {};
  part(table, slots * 8);
  for (std::size_t i = 0, slot = hash / 256 % slots; i < slots; ++i, slot = (slot + 1) % slots) {
    const auto record = number(table + slot * 8 + 4);
    if (record == 0) return {};
    if (number(table + slot * 8) != hash) continue;
    const auto key_size = number(record), data_size = number(record + 4);
    const auto both = part(record + 8, key_size + data_size);
    if (both.substr(0, key_size) == key) return both.substr(key_size);
  }
  return {};
}

// tcprules(1), "ADDRESSES". Those of IPv6 by the prefixes that end in a colon too, which is what
// ucspi-tcp's patches for IPv6 do.
std::optional<TcpRule> TcpRules::find(const RuleClient& client) const {
  TcpRule rule;
  const auto is_there = [&](auto... parts) {
    rule.address.clear();
    ((rule.address << parts), ...);
    if (rule.address.overflowed()) return false;
    const auto record = look_up(rule.address.view());
    if (record) rule.instructions = *record;
    return record.has_value();
  };
  const auto& [ip, host, info] = client;
  const bool has_host = !host.empty();
  if (!info.empty() && is_there(info, '@', ip)) return rule;
  if (!info.empty() && has_host && is_there(info, "@=", host)) return rule;
  if (is_there(ip)) return rule;
  if (has_host && is_there('=', host)) return rule;
  for (auto size = ip.size(); size > 0; --size)
    if ((ip[size - 1] == '.' || ip[size - 1] == ':') && is_there(ip.substr(0, size))) return rule;
  for (auto dot = host.find('.'); dot != host.npos; dot = host.find('.', dot + 1))
    if (is_there('=', host.substr(dot))) return rule;
  if (has_host && is_there('=')) return rule;
  if (is_there("")) return rule;
  return {};
}

bool apply_rule(std::string_view instructions) {
  return for_each_variable(instructions, [](std::string_view name, std::string_view value) {
    const Name ended(name);
    if (ended.overflowed()) throw base::Failure(name, "too long for a variable's name");
    base::set_env(ended.c_str(), value.data());
  });
}

void take_rule_back(std::string_view instructions) {
  for_each_variable(instructions,
                    [](std::string_view name, std::string_view) { base::unset_env(Name(name).c_str()); });
}

}  // namespace pop3d
