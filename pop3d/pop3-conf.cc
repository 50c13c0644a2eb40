// SPDX-License-Identifier: ISC
// pop3-conf - show the settings that are in force, and where each came from; check all files.
//
// usage   pop3-conf [-s DIRECTORY] [-f FILE] [-r TCP.CDB] [-a ADDRESS] [-u LOGIN] [-F FILE] [-d DIRECTORY] [NAME ...]
//         pop3-conf -t                          the table of all settings
//         pop3-conf -n                          Qpopper's and TPOPS's names, and what they mean here
// reads   env/ of the service directory, tcp.cdb, users.cdb by pop3-record, the user's file as the user
// leaves  on fd 1 a line for each setting: name, value, source, between tabs; on fd 2 what is wrong
// exits   0 all is well; 1 something is wrong in a file, or there is no such login; 100; 111
// runs as the administrator
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "conf_home.h"
#include "pop3d/conf_names.h"
#include "pop3d/conf_sources.h"

namespace {

using pop3d::Setting;

constexpr char program[] = "pop3-conf";
constexpr char usage[] =
    "usage: pop3-conf [-s directory] [-f file] [-r tcp.cdb] [-a address] [-u login] [-F file] [-d directory] [name ...], "
    "or -t or -n";

struct Call {
  std::string service, config, rules, address, login, user_config, user_directory;
  char table = '\0';  // -t or -n
  char** names = nullptr;
};

std::optional<Call> parse_call(int argc, char** argv) {
  Call call;
  ::opterr = 0;
  for (int letter; (letter = ::getopt(argc, argv, "s:f:r:a:u:F:d:tn")) != -1;) switch (letter) {
      case 's': call.service = ::optarg; break;
      case 'f': call.config = ::optarg; break;
      case 'r': call.rules = ::optarg; break;
      case 'a': call.address = ::optarg; break;
      case 'u': call.login = ::optarg; break;
      case 'F': call.user_config = ::optarg; break;
      case 'd': call.user_directory = ::optarg; break;
      case 't': case 'n': call.table = static_cast<char>(letter); break;
      default: return {};
    }
  call.names = argv + ::optind;
  for (char** name = call.names; *name; ++name)
    if (!pop3d::find_setting(*name)) return {};
  if (call.table != '\0' && *call.names) return {};
  return call;
}

void say(const std::string& text) { base::write_all(1, text, "standard output"); }

// The names that the other servers have for it, with blanks between them.
std::string foreign_names(std::span<const pop3d::ForeignName> names, const Setting& setting) {
  std::string list;
  for (const auto& name : names)
    if (std::string_view(name.setting) == setting.name) list += (list.empty() ? "" : " ") + std::string(name.name);
  return list.empty() ? "-" : list;
}

void print_settings() {
  std::string text;
  for (const auto& setting : pop3d::settings()) {
    text += setting.name;
    for (const std::string& column :
         {std::string(describe_values(setting).view()), std::string(setting.otherwise),
          std::string(pop3d::describe_levels(setting.levels).view()), std::string(setting.readers), foreign_names(pop3d::qpopper_options(), setting),
          foreign_names(pop3d::tpops_parameters(), setting), std::string(setting.what)})
      text += '\t' + (column.empty() ? "-" : column);
    text += '\n';
  }
  say(text);
}

void print_names() {
  std::string text;
  const auto add = [&](const char* server, const std::string& name, std::string_view setting, std::string_view instead) {
    text += std::string(server) + '\t' + name + '\t';
    text.append(setting.empty() ? "-" : setting).append("\t").append(instead).append("\n");
  };
  for (const auto& [server, names] : {std::pair("qpopper", pop3d::qpopper_options()), {"tpops", pop3d::tpops_parameters()}})
    for (const auto& name : names) {
      const bool includes = std::string_view(name.name).starts_with("config");
      add(server, name.name, name.setting, includes ? "includes another file" : name.instead);
    }
  for (const auto& flag : pop3d::configure_flags()) {
    const auto option = pop3d::find_foreign(pop3d::Grammar::qpopper, flag.option);
    const auto setting = option ? std::string_view(option->setting) : std::string_view(flag.option);
    add("configure", flag.name, setting, option && setting.empty() ? option->instead : flag.instead);
  }
  say(text);
}

std::string below(const std::string& directory, const std::string& path) {
  return path.empty() || path[0] == '/' || directory.empty() ? path : directory + '/' + path;
}

// What the command line does not say, env/ may; a relative path begins in the service directory, where the chain is started.
std::string choose(const Call& call, const pop3d::Effective& effective, const std::string& given, const char* setting) {
  return given.empty() ? below(call.service, effective.text(setting)) : given;
}

// False if the address may not connect.
bool read_all(const Call& call, pop3d::Effective& effective) {
  if (!call.service.empty()) effective.read_service(call.service);
  if (const auto config = choose(call, effective, call.config, "CONFIG"); !config.empty())
    effective.read_config(config, pop3d::Grammar::unknown);
  bool is_allowed = true;
  if (const auto rules = choose(call, effective, call.rules, "TCP_RULES"); !rules.empty())
    is_allowed = effective.read_rules(rules, call.address);
  const auto user_directory = choose(call, effective, call.user_directory, "USER_DIRECTORY");
  if (call.login.empty()) {
    if (!user_directory.empty()) effective.read_user_directory(user_directory, {});
    return is_allowed;
  }
  auto users = below(call.service, effective.text("USERS"));
  if (users.empty()) users = CONF_HOME "/etc/users/users.cdb";
  if (!effective.read_record(users, call.login)) return is_allowed;
  // In the home, unless it is absolute.
  const auto user_config = call.user_config.empty() ? effective.text("USER_CONFIG") : call.user_config;
  if (!user_config.empty()) effective.read_user_config(user_config);
  if (!user_directory.empty()) effective.read_user_directory(user_directory, call.login);
  return is_allowed;
}

void print(const Call& call, const pop3d::Effective& effective) {
  std::string text;
  for (const auto& setting : pop3d::settings()) {
    if (setting.levels == 0) continue;
    bool is_asked_for = !*call.names;
    for (char** name = call.names; *name; ++name) is_asked_for = is_asked_for || std::string_view(*name) == setting.name;
    if (!is_asked_for) continue;
    const auto& value = effective[setting];
    const bool is_default = !value.is_set || value.text.empty();
    text += std::string(setting.name) + '\t' + (is_default ? (*setting.otherwise ? setting.otherwise : "-") : value.text) + '\t' +
            (value.is_set ? value.source : "default") + '\n';
  }
  say(text);
}

// Only what the service sets counts, not what the administrator's shell does.
void forget_environment() {
  const std::string path(base::has_env("PATH") ? base::get_env("PATH") : "/bin:/usr/bin");
  ::clearenv();
  base::set_env("PATH", (CONF_HOME "/bin:" + path).c_str());
}

}  // namespace

int main(int argc, char** argv) try {
  auto call = parse_call(argc, argv);
  if (!call) return base::complain(program, usage, base::exit_usage);
  base::open_standard_fds();
  if (call->table == 't') return print_settings(), 0;
  if (call->table == 'n') return print_names(), 0;
  forget_environment();
  struct stat status;
  if (call->service.empty() && ::stat(CONF_HOME "/service/pop3/env", &status) == 0) call->service = CONF_HOME "/service/pop3";
  pop3d::Complaints complaints;
  pop3d::Effective effective(complaints);
  const bool is_allowed = read_all(*call, effective);
  print(*call, effective);
  if (!is_allowed) complaints.remark(call->address, {}, "may not connect");
  return complaints.has_errors() ? base::exit_refused : 0;
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
