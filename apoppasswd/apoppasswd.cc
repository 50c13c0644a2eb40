// SPDX-License-Identifier: ISC
// apoppasswd - users change their mail secret; its owner and root keep users.cdb with it.
//
// usage   apoppasswd                                   change your own secret
//         apoppasswd [-f FILE] -c [-s SCHEME]          create an empty database
//         apoppasswd [-f FILE] -a LOGIN [-s SCHEME] [-U uid -G gid -H home] [-M maildir]
//         apoppasswd [-f FILE] -d LOGIN | -l | -e      delete a login; list; export
//         apoppasswd [-f FILE] -i FILE|- [-s SCHEME]   import
// reads   secrets from the terminal or standard input, never from the command line
// exits   0 done; 1 refused, nothing changed; 100 misused; 111 the machine failed, nothing changed
// runs as setuid to the owner of the database's directory, whom it becomes wholly
#include <fcntl.h>
#include <unistd.h>

#include <exception>

#include "apoppasswd/admin.h"
#include "apoppasswd/caller.h"
#include "base/failure.h"
#include "base/text.h"
#include "checkpw/schemes.h"
#include "conf_home.h"

namespace {

constexpr char program[] = "apoppasswd";
constexpr char default_database[] = CONF_HOME "/etc/users/users.cdb";
constexpr char usage[] =
    "usage: apoppasswd [-f file] [-c | -a login | -d login | -l | -e | -i file] "
    "[-s scheme] [-U uid] [-G gid] [-H home] [-M maildir]";

struct Call {
  apoppasswd::Options options;
  char action = '\0';  // the option letter; none: the caller's own secret
  std::string input;   // -i
};

bool take_option(Call& call, int letter) {
  auto& options = call.options;
  switch (letter) {
    case 'c': case 'a': case 'd': case 'l': case 'e': case 'i':
      if (call.action != '\0') return false;
      call.action = static_cast<char>(letter);
      if (letter == 'a' || letter == 'd') options.login = ::optarg;
      if (letter == 'i') call.input = ::optarg;
      return true;
    case 'f': options.database = ::optarg; return true;
    case 's': options.scheme = ::optarg; return checkpw::is_scheme(options.scheme);
    case 'U': options.uid = base::parse_number<uid_t>(::optarg); return options.uid.has_value();
    case 'G': options.gid = base::parse_number<gid_t>(::optarg); return options.gid.has_value();
    case 'H': options.home = ::optarg; return true;
    case 'M': options.maildir = ::optarg; return true;
    default: return false;
  }
}

std::optional<Call> parse_call(int argc, char** argv) {
  Call call;
  call.options.database = default_database;
  for (int letter; (letter = ::getopt(argc, argv, "a:cd:ef:i:ls:G:H:M:U:")) != -1;)
    if (!take_option(call, letter)) return {};
  const auto& options = call.options;
  const bool describes = options.uid || options.gid || options.home || options.maildir;
  const bool stores = call.action == 'c' || call.action == 'a' || call.action == 'i';
  if (::optind != argc || (describes && call.action != 'a') || (!options.scheme.empty() && !stores))
    return {};
  return call;
}

int act(const Call& call) {
  switch (call.action) {
    case 'c': return apoppasswd::create(call.options);
    case 'a': return apoppasswd::add_or_change(call.options);
    case 'd': return apoppasswd::remove(call.options);
    case 'l': return apoppasswd::list(call.options);
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
    if (call->action != '\0')
      return base::complain(program, "only the database's owner and root may do that", base::exit_refused);
    call->options.database = default_database;
  }
  return act(*call);
} catch (const std::exception& e) {
  return base::complain(program, e.what(), base::exit_temporary);
}
