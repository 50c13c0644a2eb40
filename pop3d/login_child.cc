// SPDX-License-Identifier: ISC
#include "pop3d/login_child.h"

#include <algorithm>
#include <cstring>

#include "base/fd.h"
#include "base/line_input.h"
#include "base/output.h"
#include "base/version.h"
#include "pop3d/capabilities.h"
#include "pop3d/command.h"
#include "pop3d/login_channel.h"
#include "pop3d/sasl.h"

namespace pop3d {

namespace {

// A client that does not read cannot hold us longer than the parent's deadline lets it.
constexpr int no_write_timeout = -1;

class Authorization {
 public:
  explicit Authorization(const ChildSettings& settings)
      : settings_(settings), offer_(settings.offer), parent_(settings.parent), in_(0),
        out_(1, no_write_timeout) {}

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
  Reply auth(std::string_view argument);
  Reply stls(std::string_view argument);
  Reply capa(std::string_view argument);
  Reply noop(std::string_view argument);
  Reply quit(std::string_view argument);
  Reply log_in(Method method, std::string_view login, std::string_view secret);
  Reply conclude(const LoginAnswer& answer);
  Reply start_tls();

  const ChildSettings& settings_;
  Offer offer_;
  LoginChannel parent_;
  base::ExactLineInput in_;
  base::Output out_;
  base::Text<max_login> login_;  // USER's, until PASS
  ChildEnd end_ = ended_by_eof;
};

const Authorization::Handler Authorization::handlers[] = {
    {"USER", &Authorization::user}, {"PASS", &Authorization::pass},
    {"APOP", &Authorization::apop}, {"AUTH", &Authorization::auth},
    {"STLS", &Authorization::stls}, {"CAPA", &Authorization::capa},
    {"NOOP", &Authorization::noop}, {"QUIT", &Authorization::quit},
};

constexpr const char* transaction_commands[] = {"STAT", "LIST", "RETR", "DELE", "RSET",
                                                "TOP",  "UIDL", "LAST"};

bool needs_login(std::string_view keyword) {
  return std::any_of(std::begin(transaction_commands), std::end(transaction_commands),
                     [=](const char* name) { return is_keyword(keyword, name); });
}

// RFC 1939 s.7: the timestamp, which APOP's digest is made of, says that there is APOP.
void Authorization::greet() {
  if (settings_.is_shy)
    out_ << "+OK POP3 ready";
  else
    out_ << "+OK popchain " << base::version << " at " << settings_.host << " ready";
  if (offer_.methods.has(Method::apop)) out_ << ' ' << settings_.timestamp;
  out_ << "\r\n";
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
  return log_in(Method::user, login.view(), argument);
}

Reply Authorization::apop(std::string_view argument) {
  login_.clear();
  if (!offer_.methods.has(Method::apop)) return {Reply::misused, "no APOP here"};
  const auto split = split_arguments(argument);
  if (!split || split->count != 2) return {Reply::misused, "APOP needs a name and a digest"};
  const auto [login, digest] = split->words;
  if (login.size() > max_login) return {Reply::misused, "name too long"};
  const auto hex = parse_digest(digest);
  if (!hex) return {Reply::misused, "not a digest"};
  return log_in(Method::apop, login, hex->view());
}

Reply Authorization::auth(std::string_view argument) {
  login_.clear();
  LoginAnswer answer;
  const auto reply = Sasl(in_, out_, parent_, settings_.timestamp).run(argument, offer_.methods, answer);
  return reply ? *reply : conclude(answer);
}

Reply Authorization::log_in(Method method, std::string_view login, std::string_view secret) {
  LoginRequest request{};
  if (login.size() > max_login || secret.size() > max_secret)
    return {Reply::misused, "name or password too long"};
  request.kind = Kind::login;
  request.method = method;
  std::memcpy(request.login, login.data(), login.size());
  std::memcpy(request.secret, secret.data(), secret.size());
  LoginAnswer answer;
  if (!parent_.ask(request, answer)) return {Reply::leave};
  return conclude(answer);
}

// The parent's answer to a login. It comes at a fixed time after the question, whatever it is.
Reply Authorization::conclude(const LoginAnswer& answer) {
  if (answer.is_last) end_ = ended_by_tries;
  const auto kind = answer.is_last ? Reply::leave : Reply::refused;
  switch (answer.outcome) {
    case Outcome::passed: return {Reply::leave};
    case Outcome::challenge: break;  // no last word
    case Outcome::forbidden:
    case Outcome::refused: return {kind, "[AUTH] login failed"};
    case Outcome::busy:
    case Outcome::temporary: return {kind, "[SYS/TEMP] cannot verify logins now, try again later"};
    case Outcome::permanent: return {kind, "[SYS/PERM] cannot verify logins, tell the administrator"};
  }
  return {Reply::leave};
}

// RFC 2595 s.4. What a client sends behind STLS without waiting for the answer is either an attack,
// commands that somebody put before the client's own, or a client that TLS could not save.
Reply Authorization::stls(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  if (!offer_.stls) return {Reply::misused, "no STLS here"};
  if (base::has_input(0)) {
    end_ = ended_by_early_octets;
    return {Reply::leave, "nothing may follow STLS before its answer"};
  }
  return start_tls();
}

// The +OK is sent by whoever takes the socket over, so that it is said only if it is true. All
// that was said before is forgotten.
Reply Authorization::start_tls() {
  login_.clear();
  Sign start{Kind::start_tls};
  LoginAnswer answer;
  if (!parent_.ask(start, answer)) return {Reply::leave};
  if (answer.outcome != Outcome::passed) return {Reply::refused, "[SYS/TEMP] no TLS now, try again later"};
  base::put_at(parent_.input, 0);
  base::put_at(parent_.output, 1);
  in_ = base::ExactLineInput(0);
  offer_ = answer.offer;
  return {};
}

Reply Authorization::capa(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  write_capabilities(out_, offer_, settings_.is_shy);
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
  end_ = ended_by_quit;
  return {Reply::leave};
}

}  // namespace

ChildEnd serve_authorization(const ChildSettings& settings) {
  const auto end = Authorization(settings).serve();
  if (end != ended_by_quit && end != ended_by_eof) base::close_politely(0, 1);
  return end;
}

}  // namespace pop3d
