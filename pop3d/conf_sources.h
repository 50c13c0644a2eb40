// SPDX-License-Identifier: ISC
// pop3-conf's view of a service: each setting's value as the chain would have it, and where it came
// from. The values are put into our own environment on the way, since what a user may lower is judged by it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pop3d/conf_read.h"
#include "pop3d/conf_table.h"

namespace pop3d {

// Writes what is wrong to fd 2, a line each, and counts it.
class Complaints {
 public:
  // "WHERE: [NAME: ]TEXT"
  void error(const std::string& where, std::string_view name, std::string_view text);
  void remark(const std::string& where, std::string_view name, std::string_view text);  // does not count
  bool has_errors() const { return errors_ != 0; }

 private:
  unsigned errors_ = 0;
};

class Effective {
 public:
  struct Value {
    std::string text, source;
    bool is_set = false;
  };

  explicit Effective(Complaints& complaints) : complaints_(complaints), values_(settings().size()) {}

  // env/ of the service directory, as envdir(8) reads it.
  void read_service(const std::string& directory);
  // The service's file, by pop3-env: what env/ has set already stays.
  void read_config(const std::string& path, Grammar grammar);
  // tcp.cdb: checks all rules, and takes the one for ADDRESS if that is not empty. False if it denies.
  bool read_rules(const std::string& path, const std::string& address);
  // What pop3-record says of LOGIN in USERS. False, and a complaint, if there is no such login.
  bool read_record(const std::string& users, const std::string& login);
  // The user's own file, as that user; a relative path begins in the home. Behind read_record.
  void read_user_config(const std::string& path);
  // The administrator's directory: the file of LOGIN, or all if that is empty.
  void read_user_directory(const std::string& directory, const std::string& login);

  const Value& operator[](const Setting& setting) const { return values_[index_of(setting)]; }
  std::string text(const char* name) const { return values_[index_of(*find_setting(name))].text; }

 private:
  void set(const Setting& setting, std::string_view value, std::string source);
  void check(const Setting& setting, std::string_view value, const std::string& where);
  bool check_name(std::string_view name, Levels source, const std::string& where, const char* why);
  void read_variable(const std::string& directory, const std::string& name);
  // Prints what READER has found, and takes what it gives, but of what is in the record.
  void take(const ConfReader& reader, bool only_unset);

  Complaints& complaints_;
  std::vector<Value> values_;
  uid_t uid_ = 0;  // of the login; 0: unknown
  gid_t gid_ = 0;
  std::string home_;
};

}  // namespace pop3d
