// SPDX-License-Identifier: ISC
// The TRANSACTION and UPDATE states of RFC 1939 over one mailbox.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/array.h"
#include "base/line_input.h"
#include "base/output.h"
#include "maildir/mailbox.h"
#include "pop3d/command.h"

namespace pop3d {

// How a session ended, as the log tells it.
enum class Ending { quit, update_failed, eof, timeout, write_error, bad_commands, lost_message };
std::string_view to_text(Ending ending);

class Session {
 public:
  Session(maildir::Mailbox& mailbox, base::Output& out, std::uint64_t most_bad_commands);

  void greet();  // the +OK that answers PASS or APOP
  Ending serve(base::BufferedLineInput& in);  // until the session ends

  struct Counts {
    std::uint64_t retrieved = 0, topped = 0, deleted = 0;
    std::uint64_t octets = 0;  // sent of messages, without dot-stuffing
  };
  const Counts& counts() const { return counts_; }
  std::uint64_t messages_left() const { return mailbox_.size() - counts_.deleted; }

 private:
  struct Handler;
  static const Handler handlers[];

  Ending serve_commands(base::BufferedLineInput& in);
  Reply answer(std::string_view line);
  Reply stat(std::string_view argument);
  Reply list(std::string_view argument);
  Reply uidl(std::string_view argument);
  Reply retr(std::string_view argument);
  Reply top(std::string_view argument);
  Reply dele(std::string_view argument);
  Reply rset(std::string_view argument);
  Reply noop(std::string_view argument);
  Reply last(std::string_view argument);
  Reply capa(std::string_view argument);
  Reply quit(std::string_view argument);

  // The index of the message that ARGUMENT names; or a refusal that says what is wrong.
  Reply find(std::string_view argument, std::size_t& index) const;
  Reply list_with(std::string_view argument, void (Session::*item)(std::size_t));
  void list_item(std::size_t index);
  void uidl_item(std::size_t index);
  void start_over();  // as at login: nothing deleted, LAST as the flags have it
  bool send(const maildir::Message& message, int fd, std::uint64_t body_lines);

  maildir::Mailbox& mailbox_;
  base::Output& out_;
  const std::uint64_t most_bad_commands_;
  base::Array<bool> deleted_;      // by message index
  std::uint64_t octets_left_ = 0;  // of the messages not deleted
  std::uint64_t last_ = 0;         // RFC 1460's LAST: the highest number accessed
  Counts counts_;
  Ending ending_ = Ending::quit;
};

}  // namespace pop3d
