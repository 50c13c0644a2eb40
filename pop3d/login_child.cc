// SPDX-License-Identifier: ISC
#include "pop3d/login_child.h"

#include <poll.h>

#include <cstring>

#include "base/fd.h"
#include "base/line_input.h"
#include "base/output.h"
#include "base/utf8.h"
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
    bool takes_utf8 = false;  // RFC 6856 s.2.2
  };
  static const Handler handlers[];

  void watch();
  void greet();
  Reply answer(std::string_view line);
  Reply user(std::string_view argument);
  Reply pass(std::string_view argument);
  Reply apop(std::string_view argument);
  Reply auth(std::string_view argument);
  Reply stls(std::string_view argument);
  Reply capa(std::string_view argument);
  Reply lang(std::string_view argument);
  Reply utf8(std::string_view argument);
  Reply noop(std::string_view argument);
  Reply quit(std::string_view argument);
  Reply log_in(Method method, std::string_view login, std::string_view secret);
  Reply conclude(const LoginAnswer& answer);
  Reply start_tls();
  Reply tell_mode(Mode mode);
  void say_ok(std::string_view text);
  void refuse(const Reply& reply);

  const ChildSettings& settings_;
  Offer offer_;
  LoginChannel parent_;
  base::ExactLineInput in_;
  base::Output out_;
  base::Text<max_login> login_;  // USER's, until PASS
  Mode mode_;
  ChildEnd end_ = ended_by_eof;
};

const Authorization::Handler Authorization::handlers[] = {
    {"USER", &Authorization::user, true}, {"PASS", &Authorization::pass, true},
    {"APOP", &Authorization::apop, true}, {"AUTH", &Authorization::auth},
    {"STLS", &Authorization::stls},       {"CAPA", &Authorization::capa},
    {"NOOP", &Authorization::noop},       {"QUIT", &Authorization::quit},
    {"LANG", &Authorization::lang},       {"UTF8", &Authorization::utf8},
};

void Authorization::watch() {
  if (!settings_.trace || !*settings_.trace) return;
  in_.watch(*settings_.trace);
  out_.watch(*settings_.trace);
}

// RFC 1939 s.7: the timestamp, which APOP's digest is made of, says that there is APOP.
void Authorization::greet() {
  if (!settings_.greeting.empty())
    out_ << "+OK " << settings_.greeting;
  else if (settings_.is_shy)
    out_ << "+OK POP3 ready";
  else
    out_ << "+OK popchain " << base::version << " at " << settings_.host << " ready";
  if (offer_.methods.has(Method::apop)) out_ << ' ' << settings_.timestamp;
  out_ << "\r\n";
}

ChildEnd Authorization::serve() {
  std::uint64_t bad_commands = 0;
  watch();
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
    if (!reply.text.empty()) refuse(reply);
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
  constexpr Reply bad_character{Reply::misused, "control or 8-bit character in command"};
  const Command command = parse_command(line);
  const bool is_ascii = is_printable(line);
  for (const auto& handler : handlers)
    if (is_keyword(command.keyword, handler.keyword))
      return is_ascii || (handler.takes_utf8 && base::is_utf8_text(line))
                 ? (this->*handler.handle)(command.argument)
                 : bad_character;
  if (!is_ascii) return bad_character;
  if (command.keyword.empty()) return {Reply::misused, "empty command"};
  if (needs_login(command.keyword)) return {Reply::misused, "log in first"};
  return {Reply::misused, "unknown command"};
}

void Authorization::say_ok(std::string_view text) {
  out_ << "+OK ";
  write_text(out_, mode_.language, text);
  out_ << "\r\n";
}

void Authorization::refuse(const Reply& reply) {
  if (reply.kind == Reply::misused && settings_.refusal_delay_ms != 0) {
    out_.flush();
    ::poll(nullptr, 0, settings_.refusal_delay_ms);
  }
  out_ << "-ERR ";
  write_text(out_, mode_.language, reply.text);
  out_ << "\r\n";
}

Reply Authorization::user(std::string_view argument) {
  login_.clear();
  if (argument.empty()) return {Reply::misused, "USER needs a name"};
  if (argument.find(' ') != argument.npos) return {Reply::misused, "blank in name"};
  if (argument.size() > max_login) return {Reply::misused, "name too long"};
  login_ << argument;
  say_ok("now PASS");  // whoever the user is, and if there is such a user
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
  watch();
  offer_ = answer.offer;
  mode_ = {};
  return {};
}

Reply Authorization::capa(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  say_ok("capabilities follow");
  write_capabilities(out_, State::authorization, offer_, settings_.announced, settings_.is_shy);
  return {};
}

Reply Authorization::lang(std::string_view argument) {
  Mode mode = mode_;
  const Reply reply = choose_language(out_, argument, settings_.preferred, mode.language);
  return mode.language == mode_.language ? reply : tell_mode(mode);
}

// RFC 6856 s.2.1. What goes with it is the back end's business: names and passwords may be UTF-8 without.
Reply Authorization::utf8(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  if (!mode_.is_utf8)
    if (const Reply reply = tell_mode({mode_.language, true}); reply.kind != Reply::done) return reply;
  say_ok("UTF-8 from now on");
  return {};
}

// The parent hands it on to the back end.
Reply Authorization::tell_mode(Mode mode) {
  ModeNotice notice{Kind::mode, mode.language, mode.is_utf8};
  LoginAnswer answer;
  if (!parent_.ask(notice, answer)) return {Reply::leave};
  mode_ = mode;
  return {};
}

Reply Authorization::noop(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  out_ << "+OK\r\n";
  return {};
}

Reply Authorization::quit(std::string_view argument) {
  if (!argument.empty()) return {Reply::misused, "this command takes no argument"};
  ProbeNotice probe{Kind::probe, {}};
  std::memcpy(probe.login, login_.c_str(), login_.view().size());
  LoginAnswer answer;
  if (!login_.empty() && !parent_.ask(probe, answer)) return {Reply::leave};
  say_ok("bye");
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
