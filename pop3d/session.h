// SPDX-License-Identifier: ISC
// The TRANSACTION and UPDATE states of RFC 1939 over one mailbox.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fd.h"
#include "base/line_input.h"
#include "base/output.h"
#include "maildir/mailbox.h"
#include "maildir/marks.h"
#include "maildir/update.h"
#include "pop3d/command.h"
#include "pop3d/mangler.h"
#include "pop3d/settings.h"

namespace pop3d {

// How a session ended, as the log tells it.
enum class Ending { quit, update_failed, eof, timeout, connection_time, write_error, bad_commands, lost_message, failed };
std::string_view to_text(Ending ending);

class Session {
 public:
  // UPDATE is what QUIT, and nothing else, will run; then it lets go of LOCK before it answers: who
  // has the answer may open the next session at once. All must outlive this object.
  Session(maildir::Mailbox& mailbox, maildir::Update& update, base::UniqueFd& lock, base::Output& out,
          const Settings& settings);

  void greet();  // the +OK that answers PASS or APOP
  Ending serve(base::BufferedLineInput& in);  // until the session ends

  struct Counts {
    std::uint64_t retrieved = 0, topped = 0;
    std::uint64_t wrong_sizes = 0;  // announced, but not what was sent
    std::uint64_t octets = 0;  // sent of messages, without dot-stuffing
  };
  const Counts& counts() const { return counts_; }
  // What an abort leaves undone, if the administrator wants it done (POP3_UPDATE_ON_ABORT).
  const maildir::Marks& deleted() const { return deleted_; }
  const maildir::Marks& retrieved() const { return retrieved_; }
  std::string_view error() const { return error_.view(); }  // why it ended as failed

 private:
  struct Handler;
  static const Handler handlers[];

  Reply answer(std::string_view line);
  Reply answer_or_fail(std::string_view line);
  void refuse(std::string_view text);
  bool is_time_over() const;
  Ending end_of_time();
  Ending write_error() const;
  // ENGLISH in the client's language.
  std::string_view say(std::string_view english) const { return in_language(language_, english); }
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
  Reply lang(std::string_view argument);
  Reply utf8(std::string_view argument);
  Reply xtnd(std::string_view argument);
  Reply xlst(std::string_view argument);
  Reply xmit();
  Reply quit(std::string_view argument);

  // The index of the message that ARGUMENT names; or a refusal that says what is wrong.
  Reply find(std::string_view argument, std::size_t& index) const;
  std::uint64_t messages_left() const { return mailbox_.size() - deleted_.count(); }
  std::uint64_t last_seen() const;
  Reply gone_or_changed();

  // What RETR and TOP send: a message's file, or what mangling has made of it.
  struct Content {
    base::UniqueFd file;
    int fd = -1;
    std::uint64_t offset = 0, size = 0;  // where in the file
    std::uint64_t wire_size = 0;
    bool is_mangled = false;
  };
  using Wish = std::optional<MangleWish>;
  // Takes "mangle(...)" off the end of ARGUMENT, if it is to be had. A session of -no-mime wishes it always.
  Reply take_wish(std::string_view& argument, Wish& wish) const;
  Reply open_content(std::size_t index, const Wish& wish, Content& content);
  Reply mangle(std::size_t index, const MangleWish& wish, Content& content);
  std::uint64_t listed_size(std::size_t index, const MangleWish& wish);
  std::uint64_t listed_octets(const MangleWish& wish);
  bool send(std::size_t index, const Content& content, std::uint64_t body_lines);

  maildir::Mailbox& mailbox_;
  maildir::Update& update_;
  base::UniqueFd& lock_;
  base::Output& out_;
  const Settings& settings_;
  Runner runner_;
  Mangler mangler_;
  base::BufferedLineInput* in_ = nullptr;  // serve()'s
  Language language_;  // LANG
  maildir::Marks deleted_, retrieved_;
  maildir::Marks whole_;  // of the retrieved, with POP3_AUTO_DELETE, those that were not mangled
  std::uint64_t octets_left_ = 0;  // of the messages not deleted
  std::uint64_t accessed_ = 0;     // the highest number that RETR or DELE named
  Counts counts_;
  Ending ending_ = Ending::quit;
  base::Text<200> error_;
};

}  // namespace pop3d
