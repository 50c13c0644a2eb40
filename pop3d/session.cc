// SPDX-License-Identifier: ISC
//
//   AUTHORIZATION (pop3-login) --login--> TRANSACTION --QUIT--> UPDATE
//                                            |
//                                            '--anything else that ends it--> nothing changes
#include "pop3d/session.h"

#include <algorithm>
#include <limits>

#include "base/fd.h"
#include "maildir/wire.h"
#include "pop3d/capabilities.h"

namespace pop3d {

namespace {

constexpr Reply no_argument_wanted{Reply::misused, "this command takes no argument"};
constexpr std::uint64_t whole_message = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::string_view to_text(Ending ending) {
  switch (ending) {
    case Ending::quit: return "quit";
    case Ending::update_failed: return "update-failed";
    case Ending::eof: return "eof";
    case Ending::timeout: return "timeout";
    case Ending::write_error: return "write-error";
    case Ending::bad_commands: return "bad-commands";
    case Ending::lost_message: return "lost-message";
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
    {"CAPA", &Session::capa}, {"QUIT", &Session::quit},
};

Session::Session(maildir::Mailbox& mailbox, base::Output& out, std::uint64_t most_bad_commands)
    : mailbox_(mailbox), out_(out), most_bad_commands_(most_bad_commands) {
  deleted_.extend(mailbox.size());
  start_over();
}

void Session::greet() {
  out_ << "+OK " << mailbox_.size() << " messages (" << octets_left_ << " octets)\r\n";
}

void Session::start_over() {
  std::fill(deleted_.begin(), deleted_.end(), false);
  counts_.deleted = 0;
  octets_left_ = 0;
  last_ = 0;
  for (std::size_t i = 0; i < mailbox_.size(); ++i) {
    octets_left_ += mailbox_[i].wire_size;
    if (maildir::flags(mailbox_.file_name(mailbox_[i])).find('S') != std::string_view::npos)
      last_ = i + 1;
  }
}

Ending Session::serve(base::BufferedLineInput& in) {
  const Ending ending = serve_commands(in);
  // RFC 1939 s.6: without QUIT nothing is removed.
  if (ending != Ending::quit && ending != Ending::update_failed) start_over();
  return ending;
}

Ending Session::serve_commands(base::BufferedLineInput& in) {
  std::uint64_t bad_commands = 0;
  for (;;) {
    // RFC 2449 s.6.6: replies to commands that were sent together may go together.
    if (!in.has_line()) out_.flush();
    if (out_.failed()) return Ending::write_error;

    std::string_view line;
    Reply reply;
    switch (in.next(line)) {
      case base::Got::line: reply = answer(line); break;
      case base::Got::too_long: reply = {Reply::misused, "line too long"}; break;
      case base::Got::end: return Ending::eof;
      // RFC 1939 s.3: no UPDATE, no response
      case base::Got::timeout: return Ending::timeout;
    }
    if (reply.kind == Reply::leave) return ending_;
    if (reply.kind == Reply::done) continue;
    out_ << "-ERR " << reply.text << "\r\n";
    if (reply.kind == Reply::misused && ++bad_commands >= most_bad_commands_) {
      out_.flush();
      return Ending::bad_commands;
    }
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
  if (deleted_[index]) return {Reply::refused, "message is deleted"};
  return {};
}

Reply Session::stat(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  out_ << "+OK " << messages_left() << ' ' << octets_left_ << "\r\n";
  return {};
}

// LIST and UIDL: a line for one message, or for each that is not deleted.
Reply Session::list_with(std::string_view argument, void (Session::*item)(std::size_t)) {
  if (!argument.empty()) {
    std::size_t index;
    if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
    out_ << "+OK ";
    (this->*item)(index);
    return {};
  }
  out_ << "+OK " << messages_left() << " messages\r\n";
  for (std::size_t i = 0; i < mailbox_.size(); ++i)
    if (!deleted_[i]) (this->*item)(i);
  out_ << ".\r\n";
  return {};
}

void Session::list_item(std::size_t index) {
  out_ << index + 1 << ' ' << mailbox_[index].wire_size << "\r\n";
}

void Session::uidl_item(std::size_t index) {
  out_ << index + 1 << ' ' << mailbox_.uidl(mailbox_[index]).view() << "\r\n";
}

Reply Session::list(std::string_view argument) { return list_with(argument, &Session::list_item); }
Reply Session::uidl(std::string_view argument) { return list_with(argument, &Session::uidl_item); }

Reply Session::retr(std::string_view argument) {
  if (argument.empty()) return {Reply::misused, "RETR needs a message number"};
  std::size_t index;
  if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
  const auto fd = mailbox_.open_message(mailbox_[index]);
  if (!fd) return {Reply::refused, "[SYS/TEMP] message is gone or has changed"};
  out_ << "+OK " << mailbox_[index].wire_size << " octets\r\n";
  if (!send(mailbox_[index], fd->get(), whole_message)) return {Reply::leave};
  ++counts_.retrieved;
  last_ = std::max<std::uint64_t>(last_, index + 1);
  return {};
}

Reply Session::top(std::string_view argument) {
  const auto split = split_arguments(argument);
  if (!split || split->count != 2)
    return {Reply::misused, "TOP needs a message number and a number of lines"};
  if (split->words[1].find_first_not_of("0123456789") != std::string_view::npos)
    return {Reply::misused, "not a number of lines"};
  std::size_t index;
  if (const Reply wrong = find(split->words[0], index); wrong.kind != Reply::done) return wrong;
  // More lines than can be counted are all the lines.
  const auto lines = base::parse_number<std::uint64_t>(split->words[1]);
  const auto fd = mailbox_.open_message(mailbox_[index]);
  if (!fd) return {Reply::refused, "[SYS/TEMP] message is gone or has changed"};
  out_ << "+OK top of message follows\r\n";
  const auto wanted = std::min(lines.value_or(whole_message), whole_message - 1);
  if (!send(mailbox_[index], fd->get(), wanted)) return {Reply::leave};
  ++counts_.topped;
  return {};
}

// Sends the message, or its header and BODY_LINES lines, and the "." line. False if the session
// cannot go on: the "+OK" is out, and only closing the connection tells the client that what
// it got is not the message. It never sees a "." behind a part.
bool Session::send(const maildir::Message& message, int fd, std::uint64_t body_lines) {
  static char buffer[65536];
  maildir::WireSender sender(out_);
  maildir::TopCut cut(body_lines);
  const bool whole = body_lines == whole_message;
  std::uint64_t left = message.file_size;
  while (left != 0 && (whole || !cut.done()) && !out_.failed()) {
    const long got = base::read_some(fd, buffer, std::min<std::uint64_t>(sizeof buffer, left));
    if (got <= 0) break;
    const std::string_view piece(buffer, static_cast<std::size_t>(got));
    sender.add(whole ? piece : piece.substr(0, cut.keep(piece)));
    left -= piece.size();
  }
  sender.finish();
  counts_.octets += sender.octets();
  const bool complete =
      whole ? sender.octets() == message.wire_size : left == 0 || cut.done();
  if (complete && !out_.failed()) {
    out_ << ".\r\n";
    return true;
  }
  ending_ = out_.failed() ? Ending::write_error : Ending::lost_message;
  out_.flush();
  return false;
}

Reply Session::dele(std::string_view argument) {
  if (argument.empty()) return {Reply::misused, "DELE needs a message number"};
  std::size_t index;
  if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
  deleted_[index] = true;
  ++counts_.deleted;
  octets_left_ -= mailbox_[index].wire_size;
  last_ = std::max<std::uint64_t>(last_, index + 1);
  out_ << "+OK message " << index + 1 << " deleted\r\n";
  return {};
}

Reply Session::rset(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  start_over();
  out_ << "+OK " << mailbox_.size() << " messages (" << octets_left_ << " octets)\r\n";
  return {};
}

Reply Session::noop(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  out_ << "+OK\r\n";
  return {};
}

Reply Session::last(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  out_ << "+OK " << last_ << "\r\n";
  return {};
}

Reply Session::capa(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  write_capabilities(out_, State::transaction, false);
  return {};
}

// RFC 1939 s.6: the UPDATE state. "+OK" only if every message marked deleted is gone.
Reply Session::quit(std::string_view argument) {
  if (!argument.empty()) return no_argument_wanted;
  std::uint64_t kept = 0;
  for (std::size_t i = 0; i < mailbox_.size(); ++i)
    if (deleted_[i] && mailbox_.remove(mailbox_[i]) == maildir::Mailbox::Removed::failed) ++kept;
  counts_.deleted -= kept;
  ending_ = kept == 0 ? Ending::quit : Ending::update_failed;
  if (kept == 0)
    out_ << "+OK bye\r\n";
  else
    out_ << "-ERR [SYS/TEMP] " << kept << " deleted messages not removed\r\n";
  out_.flush();
  return {Reply::leave};
}

}  // namespace pop3d
