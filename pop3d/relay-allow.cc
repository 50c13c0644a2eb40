// SPDX-License-Identifier: ISC
// relay-allow - note that the client's address may relay by SMTP, as relay-ctrl does, and go on.
//
// usage   relay-allow [program [arg ...]]
// reads   RELAY_CTRL_DIR, or the directory on descriptor RELAY_CTRL_DIR_FD; TCPREMOTEIP, USER, DOMAIN
// leaves  a file named as the address in that directory; fd 0 and 1, the client, untouched
// exits   0 if there is no program; 111 program cannot be executed; else as program does
// runs as the user, after the login; what fails is logged, and program executed
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "maildir/link.h"

namespace {

constexpr char program[] = "relay-allow";

// Nothing but an address may be a file's name.
bool is_address(std::string_view text) {
  base::Text<INET6_ADDRSTRLEN> copy(text);
  char address[sizeof(in6_addr)];
  return !copy.overflowed() &&
         (::inet_pton(AF_INET, copy.c_str(), address) == 1 || ::inet_pton(AF_INET6, copy.c_str(), address) == 1);
}

// relay-ctrl-chdir, run before the chain as root, has opened a directory that the user may not
// reach. What comes after us shall not have it.
base::UniqueFd inherited_directory() {
  const auto given = base::get_env("RELAY_CTRL_DIR_FD");
  const auto number = base::parse_number<unsigned>(given);
  if (!number || *number < 3 || *number > 1 << 30) throw base::Failure("RELAY_CTRL_DIR_FD", "not a descriptor");
  base::UniqueFd directory(static_cast<int>(*number));
  base::unset_env("RELAY_CTRL_DIR_FD");
  struct stat status;
  if (::fstat(directory.get(), &status) != 0) base::fail("use", "RELAY_CTRL_DIR_FD");
  if (!S_ISDIR(status.st_mode)) {
    (void)directory.release();  // somebody else's
    throw base::Failure("RELAY_CTRL_DIR_FD", "not a directory's descriptor");
  }
  return directory;
}

base::UniqueFd open_directory() {
  if (base::has_env("RELAY_CTRL_DIR_FD")) return inherited_directory();
  const auto path = base::get_env("RELAY_CTRL_DIR");
  if (path.empty()) throw base::Failure("RELAY_CTRL_DIR", "not set");
  return base::open_file(path.data(), O_RDONLY | O_DIRECTORY);
}

// Variables that relay-ctrl-check gives to the SMTP server: NAME=VALUE\0 each.
base::Text<1000> variables() {
  base::Text<1000> text;
  for (const char* name : {"USER", "DOMAIN"})
    if (const auto value = base::get_env(name); !value.empty()) text << name << '=' << value << '\0';
  if (text.overflowed()) throw base::Failure("USER or DOMAIN", "too long");
  return text;
}

// The reader is the SMTP server, another uid: mode 0644. Nobody writes into the file: it is replaced.
void write_file(int directory, const char* temporary, std::string_view content) {
  const base::UniqueFd fd(
      ::openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!fd) base::fail("create", temporary);
  if (::fchmod(fd.get(), 0644) != 0) base::fail("chmod", temporary);
  base::write_all(fd.get(), content, temporary);
}

void allow() {
  const auto address = base::client_address();
  const auto directory = open_directory();
  if (!is_address(address)) throw base::Failure("TCPREMOTEIP", "not an address");
  timeval now;
  ::gettimeofday(&now, nullptr);
  base::Text<80> temporary;
  temporary << '.' << now.tv_sec << '.' << now.tv_usec << ':' << ::getpid();
  try {
    write_file(directory.get(), temporary.c_str(), variables().view());
    if (::renameat(directory.get(), temporary.c_str(), directory.get(), base::Text<80>(address).c_str()) != 0)
      base::fail("rename to", address);
  } catch (...) {
    ::unlinkat(directory.get(), temporary.c_str(), 0);
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int first = argc > 1 && std::string_view(argv[1]) == "--" ? 2 : 1;
  if (first == 1 && argc > 1 && argv[1][0] == '-')
    return base::complain(program, "usage: relay-allow [program [arg ...]]", base::exit_usage);
  const maildir::Link link(program, argv + first);
  try {
    if (link.may_work()) allow();
  } catch (const std::exception& e) {
    maildir::log_skipped(program, e.what());
  }
  return first < argc ? link.execute_rest() : 0;
}
