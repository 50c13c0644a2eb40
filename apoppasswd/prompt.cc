// SPDX-License-Identifier: ISC
#include "apoppasswd/prompt.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/failure.h"
#include "base/fd.h"
#include "base/secret.h"
#include "base/text.h"

namespace apoppasswd {

namespace {

constexpr std::size_t least_length = 8;
constexpr std::size_t longest_line = 1024;

// The signals a terminal sends, caught without effect while the echo is off, so that read()
// ends and the echo comes back whatever the user types.
constexpr int terminal_signals[] = {SIGINT, SIGQUIT, SIGTSTP, SIGHUP, SIGTERM};

void on_signal(int) {}

class NoEcho {
 public:
  NoEcho() {
    struct sigaction action {};
    action.sa_handler = on_signal;  // no SA_RESTART: read() shall end
    for (std::size_t i = 0; i < std::size(terminal_signals); ++i)
      ::sigaction(terminal_signals[i], &action, &before_[i]);
    if (::tcgetattr(0, &terminal_) != 0) base::fail("read the terminal's settings");
    termios silent = terminal_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    if (::tcsetattr(0, TCSAFLUSH, &silent) != 0) base::fail("switch the echo off");
  }
  ~NoEcho() {
    ::tcsetattr(0, TCSAFLUSH, &terminal_);
    for (std::size_t i = 0; i < std::size(terminal_signals); ++i)
      ::sigaction(terminal_signals[i], &before_[i], nullptr);
  }

 private:
  termios terminal_;
  struct sigaction before_[std::size(terminal_signals)];
};

// One line, octet by octet so that nothing behind it is taken; nothing at a terminal's signal, the
// end without a line, or a line too long to be a secret. Throws if it cannot be read.
std::optional<Typed> read_line() {
  base::Secret<longest_line> line;
  std::size_t size = 0;
  for (;;) {
    char c;
    const auto got = ::read(0, &c, 1);
    if (got < 0 && errno == EINTR && !::isatty(0)) continue;
    if (got < 0 && errno != EINTR) base::fail("read the secret");
    if (got < 0 || (got == 0 && size == 0)) return {};
    if (got == 0 || c == '\n') return Typed(std::string(line.data, size));
    if (size == sizeof line.data) return {};
    line.data[size++] = c;
  }
}

std::optional<Typed> ask(std::string_view prompt) {
  base::write_all(1, prompt, "standard output");
  return read_line();
}

// From a script.
std::optional<Typed> read_input() {
  auto line = read_line();
  if (!line) base::complain("apoppasswd", "no secret on standard input", 0);
  return line;
}

}  // namespace

std::optional<Typed> ask_secret() {
  if (!::isatty(0)) return read_input();
  const NoEcho no_echo;
  auto first = ask("Enter APOP Password:");
  const auto second = first ? ask("Again APOP Password:") : std::nullopt;
  if (!second) {
    base::complain("apoppasswd", "nothing entered, nothing changed", 0);
    return {};
  }
  if (!base::same_secret(first->text(), second->text())) {
    base::complain("apoppasswd", "Password mismatch, nothing changed", 0);
    return {};
  }
  return first;
}

std::optional<Typed> ask_once() {
  if (!::isatty(0)) return read_input();
  const NoEcho no_echo;
  auto secret = ask("APOP Password:");
  if (!secret) base::complain("apoppasswd", "nothing entered", 0);
  return secret;
}

std::optional<std::string> weakness(std::string_view login, std::string_view secret) {
  if (secret.size() < least_length) return "use at least 8 characters";
  if (std::all_of(secret.begin(), secret.end(), [&](char c) { return c == secret[0]; }))
    return "use more than one character";
  const auto same = [](char a, char b) { return base::lower(a) == base::lower(b); };
  const auto name = login.substr(0, login.find('@'));
  if (std::equal(secret.begin(), secret.end(), login.begin(), login.end(), same) ||
      std::equal(secret.begin(), secret.end(), name.begin(), name.end(), same))
    return "do not use the login name";
  return {};
}

}  // namespace apoppasswd
