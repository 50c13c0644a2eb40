// SPDX-License-Identifier: ISC
#include "pop3d/poppassd_child.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/line_input.h"
#include "base/output.h"
#include "base/secret.h"
#include "pop3d/command.h"
#include "pop3d/poppassd_messages.h"

namespace pop3d {

namespace {

constexpr int no_write_timeout = -1;  // the parent's deadline ends us
constexpr int most_bad_commands = 10;

class Dialogue {
 public:
  Dialogue(int parent, std::string_view host) : parent_(parent), host_(host), in_(0), out_(1, no_write_timeout) {}

  void serve();

 private:
  // False: the connection ends.
  bool answer(std::string_view line);
  bool user(std::string_view name);
  bool pass(std::string_view secret);
  bool new_pass(std::string_view secret);
  bool bad(std::string_view why);
  bool say(const char* text);
  bool ask(PasswordAction action, std::string_view secret, PasswordAnswer& answer);

  const int parent_;
  const std::string_view host_;
  base::ExactLineInput in_;
  base::Output out_;
  base::Text<max_login> login_;
  bool is_verified_ = false;
  int bad_commands_ = 0;
};

bool Dialogue::say(const char* text) {
  out_ << text << "\r\n";
  return true;
}

bool Dialogue::bad(std::string_view why) {
  out_ << "500 " << why << "\r\n";
  return ++bad_commands_ < most_bad_commands;
}

void Dialogue::serve() {
  out_ << "200 " << host_ << " poppassd hello, who are you?\r\n";
  for (bool goes_on = true; goes_on && !out_.failed();) {
    out_.flush();
    if (out_.failed()) break;
    std::string_view line;
    switch (in_.next(line)) {
      case base::Got::line: goes_on = answer(line); break;
      case base::Got::too_long: goes_on = bad("Line too long."); break;
      case base::Got::end:
      case base::Got::timeout: return;
    }
  }
  out_.flush();
}

bool Dialogue::answer(std::string_view line) {
  const auto [keyword, argument] = parse_command(line);
  if (is_keyword(keyword, "QUIT")) return say("200 Bye."), false;
  if (is_keyword(keyword, "USER")) return user(argument);
  if (is_keyword(keyword, "PASS")) return pass(argument);
  if (is_keyword(keyword, "NEWPASS")) return new_pass(argument);
  return bad("user, pass, newpass or quit expected.");
}

bool Dialogue::user(std::string_view name) {
  login_.clear();
  is_verified_ = false;
  if (!is_login(name)) return bad("That is no user's name.");
  login_ << name;
  return say("200 your password please.");  // whether there is such a user or not
}

bool Dialogue::pass(std::string_view secret) {
  if (login_.empty()) return bad("user first.");
  PasswordAnswer answer;
  if (secret.empty() || secret.size() > max_secret) return bad("That is no password.");
  if (!ask(PasswordAction::verify, secret, answer)) return false;
  is_verified_ = answer.is_good;
  if (is_verified_) return say("200 your new password please.");
  login_.clear();
  out_ << "500 " << (answer.text[0] ? answer.text : "Old password is incorrect.") << "\r\n";
  return !answer.is_last;
}

bool Dialogue::new_pass(std::string_view secret) {
  if (!is_verified_) return bad("user and pass first.");
  PasswordAnswer answer;
  if (secret.empty() || secret.size() > max_secret) return bad("That is no password.");
  if (!ask(PasswordAction::change, secret, answer)) return false;
  if (!answer.is_good) {
    out_ << "500 " << answer.text << "\r\n";
    return !answer.is_last;
  }
  login_.clear();
  is_verified_ = false;
  return say("200 Password changed, thank-you.");
}

bool Dialogue::ask(PasswordAction action, std::string_view secret, PasswordAnswer& answer) {
  PasswordRequest request{};
  request.action = action;
  std::memcpy(request.login, login_.c_str(), login_.view().size());
  std::memcpy(request.secret, secret.data(), secret.size());
  // What a parent would take for nonsense, and kill us for, is the client's fault.
  if (!check_request(request)) {
    base::wipe(&request, sizeof request);
    answer = {};
    std::memcpy(answer.text, "That is no password.", sizeof "That is no password.");
    return true;
  }
  const bool is_sent = ::send(parent_, &request, sizeof request, MSG_NOSIGNAL) == sizeof request;
  base::wipe(&request, sizeof request);
  if (!is_sent) return false;
  long got;
  do {
    got = ::recv(parent_, &answer, sizeof answer, 0);
  } while (got < 0 && errno == EINTR);
  return got == sizeof answer;
}

}  // namespace

void serve_passwords(int parent, std::string_view host) { Dialogue(parent, host).serve(); }

}  // namespace pop3d
