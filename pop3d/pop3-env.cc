// SPDX-License-Identifier: ISC
// pop3-env - take settings from a file in Qpopper's or TPOPS's form, and execute the next program.
//
// usage   pop3-env [-q | -t] [-o] FILE program [arg ...]         the service's settings
//         pop3-env [-q | -t] [-o] -a ARGUMENTS program [arg ...] likewise, from a command line
//         pop3-env [-q | -t] -u FILE program [arg ...]           the user's own, behind the verifier
//         pop3-env [-q | -t] -d DIRECTORY program [arg ...]      the administrator's for the user
// reads   the file; nothing of the client's
// leaves  fd 0, 1 and 2 as they are; settings in the environment
// exits   100 misused; 111 a setting of the administrator's is wrong, or the machine failed
// runs as root before pop3-login or tcpserver; with -u and -d as the user, and refuses to be root
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "base/failure.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/spawn.h"
#include "pop3d/conf_arguments.h"
#include "pop3d/conf_read.h"

namespace {

using pop3d::ConfReader;
using pop3d::Finding;

constexpr char program[] = "pop3-env";
constexpr char usage[] =
    "usage: pop3-env [-q | -t] [-o] file program [arg ...], or with -a arguments, -u file or -d directory for file";
// Of a file's mistakes in the log: a user must not fill it, and a file that is none at all says little.
constexpr std::size_t most_skipped = 5, most_errors = 50;

struct Call {
  pop3d::Grammar grammar = pop3d::Grammar::unknown;
  pop3d::Levels source = pop3d::by_file;
  bool overrides = false, are_arguments = false;
  const char* from = nullptr;  // file, directory or arguments
  char** argv = nullptr;       // the program's
};

bool parse_call(int argc, char** argv, Call& call) {
  ::opterr = 0;
  for (int letter; (letter = ::getopt(argc, argv, "+qtoa:u:d:")) != -1;) {
    const bool is_source = letter == 'a' || letter == 'u' || letter == 'd';
    if (is_source && call.from) return false;
    if (is_source) call.from = ::optarg;
    switch (letter) {
      case 'q': call.grammar = pop3d::Grammar::qpopper; break;
      case 't': call.grammar = pop3d::Grammar::tpops; break;
      case 'o': call.overrides = true; break;
      case 'a': call.are_arguments = true; break;
      case 'u': call.source = pop3d::by_user; break;
      case 'd': call.source = pop3d::by_directory; break;
      default: return false;
    }
  }
  if (!call.from && ::optind < argc) call.from = argv[::optind++];
  call.argv = argv + ::optind;
  if (call.source == pop3d::by_directory && call.from && call.from[0] != '/') return false;
  return call.from && ::optind < argc && !(call.overrides && call.source != pop3d::by_file);
}

bool is_socket(int fd) {
  struct stat status;
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

// Before tcpserver there is no client yet; before TLS that begins with the connection nothing may be said in clear.
bool has_client(const Call& call) {
  if (call.source != pop3d::by_file) return true;
  if (base::get_env("POP3_TLS") == "implicit" && base::get_env("TLS_PROTOCOL").empty()) return false;
  return base::has_env("PROTO") || base::has_env("TCPREMOTEIP") || is_socket(0);
}

int refuse(const Call& call, std::string_view answer, std::string_view why) {
  base::LogLine line(program, "failed");
  line.field("ip", base::client_address());
  if (call.source != pop3d::by_file) line.field("user", base::get_env("USER"));
  line.field("error", why).write();
  if (has_client(call)) {
    base::Text<200> whole;
    whole << "-ERR " << answer << "\r\n";
    base::try_write_all(1, whole.view());
    base::close_politely(0, 1);
  }
  return base::exit_temporary;
}

int refuse_for_now(const Call& call, std::string_view why) {
  return refuse(call, call.source == pop3d::by_file ? "[SYS/TEMP] cannot serve you now, try again later"
                                                     : "[SYS/TEMP] cannot serve the mailbox now", why);
}

void log_finding(const Call& call, std::string_view event, const Finding& finding, std::string_view key) {
  base::LogLine line(program, event);
  if (call.source != pop3d::by_file) line.field("user", base::get_env("USER"));
  line.field("file", finding.place.file);
  if (finding.place.line != 0) line.field("line", finding.place.line);
  if (!finding.name.empty()) line.field("name", finding.name);
  line.field(key, finding.text).write();
}

// In a connection one line names them all: what does the job instead was said when somebody looked.
void log_idle(const Call& call, const ConfReader& reader) {
  base::Text<base::max_log_value + 1> names;  // so that the log shows where it was cut
  const Finding* first = nullptr;
  for (const auto& finding : reader.findings()) {
    if (finding.what != Finding::What::no_effect) continue;
    if (!has_client(call)) {
      log_finding(call, "without-effect", finding, "instead");
      continue;
    }
    if (first) names << ' ';
    else first = &finding;
    names << finding.name;
  }
  if (!first) return;
  base::LogLine line(program, "without-effect");
  if (call.source != pop3d::by_file) line.field("user", base::get_env("USER"));
  line.field("file", first->place.file).field("names", names.view()).write();
}

// Logs the findings of a kind, MOST of them; the number of all.
std::size_t log_all(const Call& call, const ConfReader& reader, Finding::What what, std::string_view event,
                    std::string_view key, std::size_t most) {
  std::size_t count = 0;
  for (const auto& finding : reader.findings())
    if (finding.what == what && ++count <= most) log_finding(call, event, finding, key);
  if (count <= most) return count;
  base::LogLine line(program, event);
  if (call.source != pop3d::by_file) line.field("user", base::get_env("USER"));
  line.field("file", call.from).field("more", count - most).write();
  return count;
}

void set(const pop3d::Given& given) {
  if (given.value.empty()) base::unset_env(given.setting->name);
  else base::set_env(given.setting->name, given.value.data());
}

// What the directory has decided no file of the user's shall change, wherever that link stands.
void add_to_record(std::string_view name) {
  base::Text<4000> names(base::get_env("POP3_RECORD"));
  if (!names.empty()) names << ' ';
  names << name;
  if (names.overflowed()) throw base::Failure("POP3_RECORD", "too long");
  base::set_env("POP3_RECORD", names.c_str());
}

void apply(const Call& call, const ConfReader& reader) {
  for (const auto& given : reader.given()) {
    const char* name = given.setting->name;
    if (call.source == pop3d::by_file) {
      if (call.overrides || !base::has_env(name)) set(given);
    } else if (!pop3d::is_in_record(name)) {
      set(given);
      if (call.source == pop3d::by_directory) add_to_record(name);
    }
  }
}

void read(const Call& call, ConfReader& reader) {
  if (call.are_arguments) return read_arguments(reader, call.grammar, call.from);
  if (call.source != pop3d::by_directory) return reader.read_file(call.from, call.grammar);
  const auto login = base::get_env("USER");
  if (!pop3d::is_file_name(login)) return reader.add(Finding::What::error, {call.from, 0}, login, "USER is no file's name");
  if (const auto wrong = pop3d::wrong_directory(call.from, ::geteuid()); !wrong.empty())
    return reader.add(Finding::What::error, {call.from, 0}, {}, wrong.view());
  base::Text<4095> path(call.from);
  path << '/' << login;
  if (path.overflowed()) throw base::Failure(call.from, "too long");
  reader.read_file(path.view(), call.grammar);
}

int run(const Call& call) {
  base::open_standard_fds();
  if (call.source != pop3d::by_file && (::geteuid() == 0 || ::getuid() == 0))
    return refuse(call, "[SYS/PERM] no mailbox for root", "pop3-env -u or -d was started as root");
  ConfReader reader(call.source, ::geteuid());
  read(call, reader);
  log_idle(call, reader);
  log_all(call, reader, Finding::What::skipped, "setting-skipped", "reason", most_skipped);
  if (const auto count = log_all(call, reader, Finding::What::error, "bad-setting", "error", most_errors); count != 0) {
    base::Text<40> why;
    why << count << (count == 1 ? " wrong setting" : " wrong settings");
    return refuse_for_now(call, why.view());
  }
  apply(call, reader);
  const char* path = base::find_program(call.argv[0]);
  if (path) ::execv(path, call.argv);
  base::fail("execute", call.argv[0]);
}

}  // namespace

int main(int argc, char** argv) {
  Call call;
  if (!parse_call(argc, argv, call)) return base::complain(program, usage, base::exit_usage);
  try {
    return run(call);
  } catch (const std::exception& e) {
    return refuse_for_now(call, e.what());
  }
}
