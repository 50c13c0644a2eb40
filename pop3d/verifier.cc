// SPDX-License-Identifier: ISC
#include "pop3d/verifier.h"

#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/spawn.h"

namespace pop3d {

namespace {

constexpr int record_fd = 3, status_fd = 4;

// The three texts and their NULs; a pipe holds at least 4096 octets, so this never waits.
void write_record(int fd, const Credentials& credentials, std::string_view timestamp) {
  base::Secret<max_login + max_secret + max_timestamp + 3> record;
  static_assert(sizeof record <= 512, "checkpassword reads no more");
  char* at = record.data;
  for (const auto part : {credentials.login, credentials.secret, timestamp}) {
    std::memcpy(at, part.data(), part.size());
    at += part.size();
    *at++ = '\0';
  }
  base::write_all(fd, {record.data, static_cast<std::size_t>(at - record.data)}, "login record");
}

}  // namespace

Verifier::Verifier(char* const argv[], const Credentials& credentials, std::string_view timestamp)
    : name_(argv[0]) {
  auto record = base::make_pipe();
  auto status = base::make_pipe();
  write_record(record.write.get(), credentials, timestamp);
  record.write.reset();

  base::set_env("POP3_AUTH", credentials.method == Method::apop ? "apop" : "user");
  base::set_env("POP3_STATUS_FD", "4");
  // A descriptor to be handed on must not stand where another one will be put.
  if (status.write.get() == record_fd) base::bug("verifier: status pipe at fd 3");
  const base::Handed handed[] = {{record.read.get(), record_fd}, {status.write.get(), status_fd}};
  pid_ = base::try_spawn(argv, handed);
  const int error = errno;
  if (pid_ < 0)
    base::LogLine("pop3-login", "failed")
        .field("ip", base::client_address())
        .field("error", std::strerror(error))
        .field("program", name_)
        .write();
  status_ = std::move(status.read);
}

Verifier::Verdict Verifier::wait() {
  if (pid_ < 0) return {Outcome::temporary, true, false};
  char octet = 0;
  const bool speaks = base::read_some(status_.get(), &octet, 1) == 1;
  if (speaks && octet == '+') return {Outcome::passed, true, false};

  const int status = base::wait_for(pid_);
  log_death(name_, status);
  if (!WIFEXITED(status)) return {Outcome::temporary, speaks, false};
  switch (WEXITSTATUS(status)) {
    case 0: return {Outcome::refused, speaks, !speaks};
    case base::exit_misused: return {Outcome::permanent, speaks, false};
    case base::exit_temporary: return {Outcome::temporary, speaks, false};
    default: return {Outcome::refused, speaks, false};  // some verifiers know many ways to refuse
  }
}

void Verifier::wait_for_back_end() {
  status_.reset();
  log_death("back-end", base::wait_for(pid_));
}

void Verifier::log_death(std::string_view program, int status) const {
  if (WIFSIGNALED(status))
    base::LogLine("pop3-login", "died")
        .field("ip", base::client_address())
        .field("program", program)
        .field("signal", WTERMSIG(status))
        .write();
}

}  // namespace pop3d
