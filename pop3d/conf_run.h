// SPDX-License-Identifier: ISC
// What pop3-conf has to look at through others: tcp.cdb, users.cdb, and a user's file as that user.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pop3d/conf_file.h"

namespace pop3d {

class Complaints;

// Calls CHECK(name, value, where) for each variable of each rule of the CDB at PATH. WHERE is the line
// of the text that it was made from, if that is beside it: tcp.rules of tcp.cdb. False, and a complaint, if
// it is no such file.
using CheckVariable = std::function<void(std::string_view, std::string_view, const std::string&)>;
bool check_all_rules(const std::string& path, Complaints& complaints, const CheckVariable& check);

// Calls USE(name, value, rule) for each variable of the rule that fits ADDRESS first. False if it denies.
using UseVariable = std::function<void(std::string_view, std::string_view, std::string_view)>;
bool find_rule(const std::string& path, const std::string& address, const UseVariable& use);

// What pop3-record prints of LOGIN; nothing if it fails. That is a program of its own since users.cdb holds
// secrets, which nothing here has to see.
std::optional<std::string> run_pop3_record(const std::string& users, const std::string& login);

// read_conf_file() for Trust::user, in a process that has become this user, so that a user's links show
// nothing that he may not read; without root, as ourselves.
FileResult read_as_user(uid_t uid, gid_t gid, const std::string& path, ConfFile& file, base::Text<160>& wrong);

}  // namespace pop3d
