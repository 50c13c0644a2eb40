// SPDX-License-Identifier: ISC
// apoppasswd - users change their mail secret; its owner and root keep users.cdb with it.
//
// usage   apoppasswd [-n NAME]                         change your own secret
//         apoppasswd -r NAME | -l                      revoke one; list
//         apoppasswd [-f FILE] -c [-s SCHEME]          create an empty database
//         apoppasswd [-f FILE] -a LOGIN [-n NAME] [-s SCHEME] [-U uid -G gid -H home] [-M maildir]
//                   [-o NAME=VALUE ...]
//         apoppasswd [-f FILE] -m LOGIN [-U uid] [-G gid] [-H home] [-M maildir] [-o NAME=VALUE | -o NAME] ...
//         apoppasswd [-f FILE] -d LOGIN [-n NAME]      delete a login, or revoke its secret
//         apoppasswd [-f FILE] -v LOGIN | -l | -e      verify a secret; list; export
//         apoppasswd [-f FILE] -b UID -a|-v LOGIN      not for this uid, nor those below
//         apoppasswd [-f FILE] -i FILE|- [-s SCHEME]   import
//         apoppasswd [-f FILE] -k                      make a new key, and seal all under it
// reads   secrets from the terminal or standard input, never from the command line
// exits   0 done; 1 refused, nothing changed; 100 misused; 111 the machine failed, nothing changed
// runs as setuid to the owner of the database's directory, whom it becomes wholly
#include <fcntl.h>
#include <unistd.h>

#include <exception>

#include "apoppasswd/admin.h"
#include "apoppasswd/caller.h"
#include "apoppasswd/own.h"
#include "base/failure.h"
#include "base/text.h"
#include "checkpw/keys.h"
#include "checkpw/prepare.h"
#include "checkpw/schemes.h"

namespace {

constexpr char program[] = "apoppasswd";
constexpr char usage[] =
    "usage: apoppasswd [-f file] [-c | -a login | -m login | -d login | -v login | -l | -e | -i file | -k | -r name] "
    "[-b uid] [-n name] [-s scheme] [-K keys] [-U uid] [-G gid] [-H home] [-M maildir] [-o name=value]...";

struct Call {
  apoppasswd::Options options;
  char action = '\0';  // the option letter; none: the caller's own secret
  std::string input;   // -i
};

// "NAME=VALUE" or "NAME".
apoppasswd::Change parse_change(std::string_view text) {
  const auto equals = text.find('=');
  apoppasswd::Change change{std::string(text.substr(0, equals)), {}};
  if (equals != text.npos) change.value = text.substr(equals + 1);
  return change;
}

bool take_option(Call& call, int letter) {
  auto& options = call.options;
  switch (letter) {
    case 'c': case 'a': case 'd': case 'm': case 'v': case 'l': case 'e': case 'i': case 'k': case 'r':
      if (call.action != '\0') return false;
      call.action = static_cast<char>(letter);
      if (letter == 'a' || letter == 'd' || letter == 'm' || letter == 'v')
        options.login = checkpw::prepare(::optarg).value_or(::optarg);
      if (letter == 'i') call.input = ::optarg;
      if (letter != 'r') return true;
      [[fallthrough]];
    case 'n':
      if (!options.secret_name.empty()) return false;
      options.secret_name = ::optarg;
      return !checkpw::check_secret_name(::optarg);
    case 'b': options.block_uid = base::parse_number<uid_t>(::optarg); return options.block_uid.has_value();
    case 'K': options.keys = ::optarg; return true;
    case 'f': options.database = ::optarg; return true;
    case 's': options.scheme = ::optarg; return checkpw::is_scheme(options.scheme);
    case 'U': options.uid = base::parse_number<uid_t>(::optarg); return options.uid.has_value();
    case 'G': options.gid = base::parse_number<gid_t>(::optarg); return options.gid.has_value();
    case 'H': options.home = ::optarg; return true;
    case 'M': options.maildir = ::optarg; return true;
    case 'o': options.changes.push_back(parse_change(::optarg)); return true;
    default: return false;
  }
}

std::optional<Call> parse_call(int argc, char** argv) {
  Call call;
  call.options.database = checkpw::installed_database;
  call.options.caller = ::getuid();
  for (int letter; (letter = ::getopt(argc, argv, "a:b:cd:ef:i:klm:n:o:r:s:v:G:H:K:M:U:")) != -1;)
    if (!take_option(call, letter)) return {};
  const auto& options = call.options;
  const bool describes = options.uid || options.gid || options.home || options.maildir || !options.changes.empty();
  const bool stores = call.action == 'c' || call.action == 'a' || call.action == 'i';
  const bool names = !options.secret_name.empty();
  const bool may_name = call.action == '\0' || call.action == 'a' || call.action == 'd' || call.action == 'r';
  if (::optind != argc || (describes && call.action != 'a' && call.action != 'm') || (!describes && call.action == 'm') ||
      (!options.scheme.empty() && !stores) ||
      (names && !may_name) || (options.block_uid && call.action != 'a' && call.action != 'v'))
    return {};
  // What is no password is nobody's default.
  if (!options.scheme.empty() && call.action != 'a' && !checkpw::is_password_scheme(options.scheme)) return {};
  if (options.keys.empty()) call.options.keys = checkpw::key_path_for(options.database);
  return call;
}

// What a user who is neither root nor the database's owner may do.
bool is_for_all(char action) { return action == '\0' || action == 'r' || action == 'l'; }

int act(const Call& call) {
  switch (call.action) {
    case 'c': return apoppasswd::create(call.options);
    case 'a': return apoppasswd::add_or_change(call.options);
    case 'd': return apoppasswd::remove(call.options);
    case 'm': return apoppasswd::modify(call.options);
    case 'l': return apoppasswd::list(call.options);
    case 'v': return apoppasswd::verify(call.options);
    case 'k': return apoppasswd::seal_all(call.options);
    case 'r': return apoppasswd::revoke_own(call.options);
    case 'e': return apoppasswd::export_all(call.options);
    case 'i': {
      const bool is_standard = call.input == "-";
      auto input = is_standard ? base::UniqueFd(::dup(0)) : base::open_file(call.input.c_str(), O_RDONLY);
      return apoppasswd::import_all(call.options, std::move(input),
                                    is_standard ? "standard input" : call.input);
    }
    default: return apoppasswd::change_own(call.options);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  apoppasswd::make_start_safe();
  if (argc < 1) return base::complain(program, usage, base::exit_usage);
  auto call = parse_call(argc, argv);
  if (!call) return base::complain(program, usage, base::exit_usage);
  if (apoppasswd::is_stranger()) {
    if (!is_for_all(call->action))
      return base::complain(program, "only the database's owner and root may do that", base::exit_refused);
    call->options.database = checkpw::installed_database;
    call->options.keys = checkpw::key_path_for(checkpw::installed_database);
    if (call->action == 'l') return apoppasswd::list_own(call->options);
  }
  return act(*call);
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
