// SPDX-License-Identifier: ISC
#include "pop3d/login_child.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "base/line_input.h"
#include "base/output.h"
#include "base/secret.h"
#include "base/version.h"
#include "pop3d/capabilities.h"
#include "pop3d/command.h"

namespace pop3d {

namespace {

// A client that does not read cannot hold us longer than the parent's deadline lets it.
constexpr int no_write_timeout = -1;

class Authorization {
 public:
  explicit Authorization(const ChildSettings& settings)
      : settings_(settings), in_(0), out_(1, no_write_timeout) {}

  ChildEnd serve();

 private:
  struct Handler {
    const char* keyword;
    Reply (Authorization::*handle)(std::string_view argument);
  };
  static const Handler handlers[];

  void greet();
  Reply answer(std::string_view line);
  Reply user(std::string_view argument);
  Reply pass(std::string_view argument);
  Reply apop(std::string_view argument);
  Reply capa(std::string_view argument);
  Reply noop(std::string_view argument);
  Reply quit(std::string_view argument);
  Reply log_in(Method method, std::string_view login, std::string_view secret);

  const ChildSettings& settings_;
  base::ExactLineInput in_;
  base::Output out_;
  base::Text<max_login> login_;  // USER's, until PASS
  ChildEnd end_ = ended_by_quit;
};

const Authorization::Handler Authorization::handlers[] = {
    {"USER", &Authorization::user}, {"PASS", &Authorization::pass},
    {"APOP", &Authorization::apop}, {"CAPA", &Authorization::capa},
    {"NOOP", &Authorization::noop}, {"QUIT", &Authorization::quit},
};

constexpr const char* transaction_commands[] = {"STAT", "LIST", "RETR", "DELE", "RSET",
                                                "TOP",  "UIDL", "LAST"};

bool needs_login(std::string_view keyword) {
  return std::any_of(std::begin(transaction_commands), std::end(transaction_commands),
                     [=](const char* name) { return is_keyword(keyword, name); });
}

// RFC 1939 s.4: the timestamp is what APOP's digest is made of, so it comes in any greeting.
void Authorization::greet() {
  if (settings_.is_shy)
    out_ << "+OK POP3 ready " << settings_.timestamp << "\r\n";
  else
    out_ << "+OK popchain " << base::version << " at " << settings_.host << " ready "
         << settings_.timestamp << "\r\n";
}

ChildEnd Authorization::serve() {
  std::uint64_t bad_commands = 0;
  greet();
  for (;;) {
    out_.flush();
    if (out_.failed()) return ended_by_eof;

    std::string_view line;
    Reply reply;
    switch (in_.next(line)) {
      case base::Got::line: reply = answer(line); break;
      case base::Got::too_long: reply = {Reply::misused, "line too long"}; break;
      case base::Got::end:
      case base::Got::timeout: return ended_by_eof;
    }
    if (!reply.text.empty()) out_ << "-ERR " << reply.text << "\r\n";
    if (reply.kind == Reply::leave) {
      out_.flush();
      return end_;
    }
    if (reply.kind == Reply::misused && ++bad_commands >= settings_.bad_commands) {
      out_.flush();
      return ended_by_bad_commands;
    }
  }
}

Reply Authorization::answer(std::string_view line) {
  if (!is_printable(line)) return {Reply::misused, "control or 8-bit character in command"};
  const Command command = parse_command(line);
  for (const auto& handler : handlers)
    if (is_keyword(command.keyword, handler.keyword))
      return (this->*handler.handle)(command.argument);
  if (command.keyword.empty()) return {Reply::misused, "empty command"};
  if (needs_login(command.keyword)) return {Reply::misused, "log in first"};
  return {Reply::misused, "unknown command"};
}

Reply Authorization::user(std::string_view argument) {
  login_.clear();
  if (argument.empty()) return {Reply::misused, "USER needs a name"};
  if (argument.find(' ') != argument.npos) return {Reply::misused, "blank in name"};
  if (argument.size() > max_login) return {Reply::misused, "name too long"};
  login_ << argument;
  out_ << "+OK now PASS\r\n";  // whoever the user is, and if there is such a user
  return {};
}

// RFC 1939 s.7: "spaces in the argument to the PASS command may be treated as part of the
// password": they are.
Reply Authorization::pass(std::string_view argument) {
  if (login_.empty()) return {Reply::misused, "USER first"};
  if (argument.empty()) return {Reply::misused, "PASS needs a password"};
  const base::Text<max_login> login = login_;
  login_.clear();
  return log_in(Method::pass, login.view(), argument);
}

Reply Authorization::apop(std::string_view argument) {
  login_.clear();
  const auto split = split_arguments(argument);
  if (!split || split->count != 2) return {Reply::misused, "APOP needs a name and a digest"};
  const auto [login, digest] = split->words;
  if (login.size() > max_login) return {Reply::misused, "name too long"};
  // RFC 1939 s.7: 16 octets in hexadecimal, lower-case; some clients send upper-case.
  base::Text<32> hex;
  for (const char c : digest) hex << base::lower(c);
  if (hex.overflowed() || hex.view().size() != 32 ||
      hex.view().find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return {Reply::misused, "not a digest"};
  return log_in(Method::apop, login, hex.view());
}

// Asks the parent. Its answer comes at a fixed time after the question, whatever it is.
Reply Authorization::log_in(Method method, std::string_view login, std::string_view secret) {
  LoginRequest request{};
  if (login.size() > max_login || secret.size() > max_secret)
    return {Reply::misused, "name or password too long"};
  request.method = method;
  std::memcpy(request.login, login.data(), login.size());
  std::memcpy(request.secret, secret.data(), secret.size());
  LoginAnswer answer;
  const bool asked = ::send(settings_.parent, &request, sizeof request, MSG_NOSIGNAL) == sizeof request;
  base::wipe(&request, sizeof request);
  if (!asked || base::read_some(settings_.parent, &answer, sizeof answer) != sizeof answer) {
    end_ = ended_by_eof;  // the parent is gone, or the back end has the client now
    return {Reply::leave};
  }
  if (answer.is_last) end_ = ended_by_tries;
  const auto kind = answer.is_last ? Reply::leave : Reply::refused;
  switch (answer.outcome) {
    case Outcome::passed: return {Reply::leave};
    case Outcome::refused: return {kind, "[AUTH] login failed"};
    case Outcome::temporary: return {kind, "[SYS/TEMP] cannot verify logins now, try again later"};
    case Outcome::permanent: return {kind, "[SYS/PERM] cannot verify logins, tell the administrator"};
  }
  return {Reply::leave};
}

Reply Authorization::capa(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  write_capabilities(out_, settings_.is_shy);
  return {};
}

Reply Authorization::noop(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  out_ << "+OK\r\n";
  return {};
}

Reply Authorization::quit(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  out_ << "+OK bye\r\n";
  return {Reply::leave};
}

}  // namespace

ChildEnd serve_authorization(const ChildSettings& settings) {
  const auto end = Authorization(settings).serve();
  if (end == ended_by_tries || end == ended_by_bad_commands) base::close_politely(0, 1);
  return end;
}

}  // namespace pop3d
