// SPDX-License-Identifier: ISC
#include "pop3d/verifier.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/spawn.h"

namespace pop3d {

namespace {
constexpr int record_fd = 3, status_fd = 4;
}

LoginRecord& LoginRecord::operator<<(std::string_view text) {
  if (text.size() >= max_size - size_) base::bug("login record too long");
  std::memcpy(octets_.data + size_, text.data(), text.size());
  size_ += text.size();
  octets_.data[size_++] = '\0';
  return *this;
}

Verifier::Verifier(char* const argv[], Method method, const LoginRecord& record) : name_(argv[0]) {
  auto pipe = base::make_pipe();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) base::fail("socketpair");
  base::UniqueFd ours(ends[0]), verifiers(ends[1]);
  // A pipe holds at least 4096 octets, so this never waits.
  base::write_all(pipe.write.get(), record.view(), "login record");
  pipe.write.reset();

  base::set_env("POP3_AUTH", name_of(method));
  base::set_env("POP3_STATUS_FD", "4");
  // A descriptor to be handed on must not stand where another one will be put.
  if (verifiers.get() == record_fd) base::bug("verifier: status at fd 3");
  const base::Handed handed[] = {{pipe.read.get(), record_fd}, {verifiers.get(), status_fd}};
  pid_ = base::try_spawn(argv, handed);
  const int error = errno;
  if (pid_ < 0)
    base::LogLine("pop3-login", "failed")
        .field("ip", base::client_address())
        .field("error", std::strerror(error))
        .field("program", name_)
        .write();
  status_ = std::move(ours);
}

std::optional<Verifier::Verdict> Verifier::hear(std::span<char> text) {
  if (pid_ < 0) return Verdict{Outcome::temporary, true, false};
  char message[max_server_message + 1];
  const long got = base::read_some(status_.get(), message, sizeof message);
  if (got < 0) base::fail("hear", name_);  // it may be waiting for us: not to be waited for
  speaks_ = got > 0;
  if (speaks_ && message[0] == '+') return Verdict{Outcome::passed, true, false};
  if (got < 2 || message[0] != '=') return {};
  const auto size = static_cast<std::size_t>(got - 1);
  if (size >= text.size()) base::bug("verifier: text too small");
  std::memcpy(text.data(), message + 1, size);
  text[size] = '\0';
  return Verdict{Outcome::challenge, true, false};
}

bool Verifier::is_prompt(int ms) const noexcept {
  pollfd input{status_.get(), POLLIN, 0};
  return ::poll(&input, 1, ms) != 0;
}

Verifier::Verdict Verifier::wait_for_exit() {
  const int status = base::wait_for(std::exchange(pid_, -1));
  log_death(name_, status);
  if (!WIFEXITED(status)) return {Outcome::temporary, speaks_, false};
  switch (WEXITSTATUS(status)) {
    case 0: return {Outcome::refused, speaks_, !speaks_};
    case base::exit_misused: return {Outcome::permanent, speaks_, false};
    case base::exit_temporary:
    case 126:  // what shells, and the C library's loader, say of a program that cannot be started
    case 127: return {Outcome::temporary, speaks_, false};
    default: return {Outcome::refused, speaks_, false};  // some verifiers know many ways to refuse
  }
}

void Verifier::finish_step() { wait_for_exit(); }

bool Verifier::let_go() { return base::try_write_all(status_.get(), "+"); }

void Verifier::abandon() {
  status_.reset();
  wait_for_exit();
}

void Verifier::wait_for_back_end() {
  status_.reset();
  log_death("back-end", base::wait_for(std::exchange(pid_, -1)));
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
