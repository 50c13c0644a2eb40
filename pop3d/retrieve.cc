// SPDX-License-Identifier: ISC
// Session's RETR and TOP.
#include <algorithm>
#include <limits>

#include "base/fd.h"
#include "maildir/wire.h"
#include "pop3d/session.h"
#include "pop3d/utf8_header.h"

namespace pop3d {

namespace {

constexpr std::uint64_t whole_message = std::numeric_limits<std::uint64_t>::max();

// RFC 6856 s.5
constexpr Reply wants_utf8_mode{Reply::refused, "[UTF8] this message needs UTF8"};

}  // namespace

Reply Session::retr(std::string_view argument) {
  Wish wish;
  if (const Reply wrong = take_wish(argument, wish); wrong.kind != Reply::done) return wrong;
  if (argument.empty()) return {Reply::misused, "RETR needs a message number"};
  std::size_t index;
  if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
  mailbox_.prepare(index);
  Content content;
  if (const Reply wrong = open_content(index, wish, content); wrong.kind != Reply::done) return wrong;
  out_ << "+OK " << content.wire_size << say(" octets") << "\r\n";
  if (!send(index, content, whole_message)) return {Reply::leave};
  ++counts_.retrieved;
  retrieved_.set(index);
  if (settings_.auto_delete && !content.is_mangled) whole_.set(index);
  accessed_ = std::max<std::uint64_t>(accessed_, index + 1);
  return {};
}

Reply Session::top(std::string_view argument) {
  Wish wish;
  if (const Reply wrong = take_wish(argument, wish); wrong.kind != Reply::done) return wrong;
  const auto split = split_arguments(argument);
  if (!split || split->count != 2)
    return {Reply::misused, "TOP needs a message number and a number of lines"};
  if (split->words[1].find_first_not_of("0123456789") != std::string_view::npos)
    return {Reply::misused, "not a number of lines"};
  std::size_t index;
  if (const Reply wrong = find(split->words[0], index); wrong.kind != Reply::done) return wrong;
  mailbox_.prepare(index);
  // More lines than can be counted are all the lines.
  const auto lines = base::parse_number<std::uint64_t>(split->words[1]);
  if (wish) wish->has_body = lines != 0u;
  Content content;
  if (const Reply wrong = open_content(index, wish, content); wrong.kind != Reply::done) return wrong;
  out_ << "+OK " << say("top of message follows") << "\r\n";
  const auto wanted = std::min(lines.value_or(whole_message), whole_message - 1);
  if (!send(index, content, wanted)) return {Reply::leave};
  ++counts_.topped;
  return {};
}

Reply Session::open_content(std::size_t index, const Wish& wish, Content& content) {
  if (wish) return mangle(index, *wish, content);
  auto fd = mailbox_.open_message(index, content.size);
  if (!fd) return gone_or_changed();
  if (settings_.wants_utf8_mode && has_utf8_header(fd->get())) return wants_utf8_mode;
  content.file = std::move(*fd);
  content.fd = content.file.get();
  content.wire_size = mailbox_.record(index).wire_size;
  return {};
}

// Should the index be to blame, the next session reads anew.
Reply Session::gone_or_changed() {
  mailbox_.distrust_index();
  return {Reply::refused, "[SYS/TEMP] message is gone or has changed"};
}

// Sends the message, or its header and BODY_LINES lines, and the "." line. False if the session
// cannot go on: the "+OK" is out, and only closing the connection tells the client that what
// it got is not the message. It never sees a "." behind a part.
bool Session::send(std::size_t index, const Content& content, std::uint64_t body_lines) {
  static char buffer[65536];
  // TOP seldom needs more than a few lines: it begins with what a header is likely to take.
  constexpr std::uint64_t top_piece = 4096;
  const bool whole = body_lines == whole_message;
  const std::uint64_t most = whole ? sizeof buffer : top_piece;
  maildir::WireSender sender(out_);
  maildir::TopCut cut(body_lines);
  std::uint64_t offset = content.offset, left = content.size;
  while (left != 0 && (whole || !cut.done()) && !out_.failed()) {
    const long got = base::read_at(content.fd, buffer, std::min(most, left), offset);
    if (got <= 0) break;
    const std::string_view piece(buffer, static_cast<std::size_t>(got));
    sender.add(whole ? piece : piece.substr(0, cut.keep(piece)));
    offset += piece.size();
    left -= piece.size();
  }
  sender.finish();
  counts_.octets += sender.octets();
  if (out_.failed() || (left != 0 && !cut.done())) {
    ending_ = out_.failed() ? write_error() : Ending::lost_message;
    out_.flush();
    return false;
  }
  out_ << ".\r\n";
  // The message is whole, but was not what the index or its name said of it.
  if (whole && !content.is_mangled && mailbox_.policy() == maildir::SizePolicy::exact &&
      sender.octets() != mailbox_.record(index).wire_size) {
    mailbox_.distrust_index();
    ++counts_.wrong_sizes;
  }
  return true;
}

}  // namespace pop3d
