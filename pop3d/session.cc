// SPDX-License-Identifier: ISC
//
//   AUTHORIZATION (pop3-login) --login--> TRANSACTION --QUIT--> UPDATE
//                                            |
//                                            '--anything else that ends it--> nothing changes
#include "pop3d/session.h"

#include <algorithm>

#include "base/clock.h"
#include "base/failure.h"
#include "pop3d/capabilities.h"

namespace pop3d {

namespace {

constexpr std::int64_t time_to_tell_ms = 1000;
constexpr Reply no_argument_wanted{Reply::misused, "this command takes no argument"};

}  // namespace

std::string_view to_text(Ending ending) {
  switch (ending) {
    case Ending::quit: return "quit";
    case Ending::update_failed: return "update-failed";
    case Ending::eof: return "eof";
    case Ending::timeout: return "timeout";
    case Ending::connection_time: return "connection-time";
    case Ending::write_error: return "write-error";
    case Ending::bad_commands: return "bad-commands";
    case Ending::lost_message: return "lost-message";
    case Ending::failed: return "failed";
  }
  return "?";
}

struct Session::Handler {
  const char* keyword;
  Reply (Session::*handle)(std::string_view argument);
};

const Session::Handler Session::handlers[] = {
    {"STAT", &Session::stat}, {"LIST", &Session::list}, {"UIDL", &Session::uidl},
    {"RETR", &Session::retr}, {"TOP", &Session::top},   {"DELE", &Session::dele},
    {"RSET", &Session::rset}, {"NOOP", &Session::noop}, {"LAST", &Session::last},
    {"CAPA", &Session::capa}, {"LANG", &Session::lang}, {"UTF8", &Session::utf8},
    {"XTND", &Session::xtnd}, {"QUIT", &Session::quit},
};

Session::Session(maildir::Mailbox& mailbox, maildir::Update& update, base::UniqueFd& lock,
                 base::Output& out, const Settings& settings)
    : mailbox_(mailbox),
      update_(update),
      lock_(lock),
      out_(out),
      settings_(settings),
      runner_(settings.runner),
      mangler_(runner_, settings.deadline_ms),
      language_(settings.language),
      deleted_(mailbox.size()),
      retrieved_(mailbox.size()),
      whole_(settings.auto_delete ? mailbox.size() : 0),
      octets_left_(mailbox.octets()) {}

// The octets of mangled messages are not known before they are made: STAT will wait for that, a login shall not.
void Session::greet() {
  if (settings_.no_mime)
    out_ << "+OK " << mailbox_.size() << say(" messages") << "\r\n";
  else
    out_ << "+OK " << mailbox_.size() << say(" messages (") << octets_left_ << say(" octets)") << "\r\n";
}

bool Session::is_time_over() const { return settings_.deadline_ms != 0 && base::now_ms() >= settings_.deadline_ms; }

// Between two replies the client can still be told.
Ending Session::end_of_time() {
  out_.set_deadline(base::now_ms() + time_to_tell_ms);
  refuse("connection time is over");
  out_.flush();
  return Ending::connection_time;
}

Ending Session::write_error() const { return is_time_over() ? Ending::connection_time : Ending::write_error; }

void Session::refuse(std::string_view text) {
  if (settings_.refusal_delay_ms != 0) {
    out_.flush();
    const auto then = base::now_ms() + settings_.refusal_delay_ms;
    base::sleep_until_ms(settings_.deadline_ms != 0 ? std::min(then, settings_.deadline_ms) : then);
  }
  out_ << "-ERR ";
  write_text(out_, language_, text);
  out_ << "\r\n";
}

Ending Session::serve(base::BufferedLineInput& in) {
  in_ = &in;
  std::uint64_t bad_commands = 0;
  for (;;) {
    if (is_time_over()) return end_of_time();
    // RFC 2449 s.6.6: replies to commands that were sent together may go together.
    if (!in.has_line()) out_.flush();
    if (out_.failed()) return write_error();

    std::string_view line;
    Reply reply;
    switch (in.next(line)) {
      case base::Got::line: reply = answer_or_fail(line); break;
      case base::Got::too_long: reply = {Reply::misused, "line too long"}; break;
      case base::Got::end: return Ending::eof;
      // RFC 1939 s.3: no UPDATE, no response
      case base::Got::timeout: return is_time_over() ? end_of_time() : Ending::timeout;
    }
    if (reply.kind == Reply::leave) return ending_;
    if (reply.kind == Reply::done) continue;
    refuse(reply.text);
    if (reply.kind == Reply::misused && ++bad_commands >= settings_.bad_commands) {
      out_.flush();
      return Ending::bad_commands;
    }
  }
}

// A failure of the machine ends the session, and the client hears so in its turn.
Reply Session::answer_or_fail(std::string_view line) {
  try {
    return answer(line);
  } catch (const base::Failure& failure) {
    error_ << failure.what();
    refuse("[SYS/TEMP] cannot go on");
    out_.flush();
    ending_ = Ending::failed;
    return {Reply::leave};
  }
}

Reply Session::answer(std::string_view line) {
  if (!is_printable(line)) return {Reply::misused, "control or 8-bit character in command"};
  const Command command = parse_command(line);
  for (const auto& handler : handlers)
    if (is_keyword(command.keyword, handler.keyword))
      return (this->*handler.handle)(command.argument);
  return {Reply::misused, command.keyword.empty() ? "empty command" : "unknown command"};
}

Reply Session::find(std::string_view argument, std::size_t& index) const {
  if (argument.find_first_not_of("0123456789") != argument.npos)
    return {Reply::misused, "not a message number"};
  // A number too large for us is too large for any mailbox.
  const auto number = base::parse_number<std::uint64_t>(argument);
  if (!number || *number == 0 || *number > mailbox_.size())
    return {Reply::refused, "no such message"};
  index = static_cast<std::size_t>(*number - 1);
  if (deleted_.has(index)) return {Reply::refused, "message is deleted"};
  return {};
}

Reply Session::stat(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  const auto octets = settings_.no_mime ? listed_octets({}) : octets_left_;
  out_ << "+OK " << messages_left() << ' ' << octets << "\r\n";
  return {};
}

Reply Session::dele(std::string_view argument) {
  if (argument.empty()) return {Reply::misused, "DELE needs a message number"};
  std::size_t index;
  if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
  if (settings_.read_only) return {Reply::refused, "nothing can be deleted here"};
  mailbox_.prepare(index);
  deleted_.set(index);
  octets_left_ -= mailbox_.record(index).wire_size;
  accessed_ = std::max<std::uint64_t>(accessed_, index + 1);
  out_ << "+OK " << say("message ") << index + 1 << say(" deleted") << "\r\n";
  return {};
}

// Takes back what was deleted, and what was read.
Reply Session::rset(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  deleted_.clear();
  retrieved_.clear();
  whole_.clear();
  accessed_ = 0;
  octets_left_ = mailbox_.octets();
  greet();
  return {};
}

Reply Session::noop(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  out_ << "+OK\r\n";
  return {};
}

// RFC 1460's LAST: the highest number that was accessed, in this session or (flag S) an earlier one.
std::uint64_t Session::last_seen() const {
  for (std::uint64_t number = mailbox_.size(); number > accessed_; --number)
    if (maildir::flags(mailbox_.name(number - 1)).find('S') != std::string_view::npos) return number;
  return accessed_;
}

Reply Session::last(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  mailbox_.prepare_all();
  out_ << "+OK " << last_seen() << "\r\n";
  return {};
}

Reply Session::capa(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  out_ << "+OK " << say("capabilities follow") << "\r\n";
  write_capabilities(out_, State::transaction, settings_.offer, settings_.announced, false);
  return {};
}

Reply Session::lang(std::string_view argument) {
  return choose_language(out_, argument, settings_.preferred, language_);
}

Reply Session::utf8(std::string_view) { return {Reply::misused, "UTF8 comes before the login"}; }

// RFC 1939 s.6: the UPDATE state. "+OK" only if all of it was done.
Reply Session::quit(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  if (settings_.auto_delete) whole_.for_each([this](std::size_t i) { deleted_.set(i); });
  const auto failures = settings_.read_only ? 0 : update_.run(deleted_, retrieved_);
  lock_.reset();
  ending_ = failures == 0 ? Ending::quit : Ending::update_failed;
  if (failures == 0)
    out_ << "+OK " << say("bye") << "\r\n";
  else
    out_ << "-ERR [SYS/TEMP] " << failures << say(" messages not removed or not marked as read") << "\r\n";
  out_.flush();
  return {Reply::leave};
}

}  // namespace pop3d
