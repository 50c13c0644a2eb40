// SPDX-License-Identifier: ISC
// Session's RETR and TOP.
#include <algorithm>
#include <limits>

#include "base/fd.h"
#include "maildir/wire.h"
#include "pop3d/session.h"

namespace pop3d {

namespace {

constexpr std::uint64_t whole_message = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Reply Session::retr(std::string_view argument) {
  if (argument.empty()) return {Reply::misused, "RETR needs a message number"};
  std::size_t index;
  if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
  mailbox_.prepare(index);
  std::uint64_t file_size;
  const auto fd = mailbox_.open_message(index, file_size);
  if (!fd) return gone_or_changed();
  out_ << "+OK " << mailbox_.record(index).wire_size << " octets\r\n";
  if (!send(index, fd->get(), file_size, whole_message)) return {Reply::leave};
  ++counts_.retrieved;
  retrieved_.set(index);
  accessed_ = std::max<std::uint64_t>(accessed_, index + 1);
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
  mailbox_.prepare(index);
  // More lines than can be counted are all the lines.
  const auto lines = base::parse_number<std::uint64_t>(split->words[1]);
  std::uint64_t file_size;
  const auto fd = mailbox_.open_message(index, file_size);
  if (!fd) return gone_or_changed();
  out_ << "+OK top of message follows\r\n";
  const auto wanted = std::min(lines.value_or(whole_message), whole_message - 1);
  if (!send(index, fd->get(), file_size, wanted)) return {Reply::leave};
  ++counts_.topped;
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
bool Session::send(std::size_t index, int fd, std::uint64_t file_size, std::uint64_t body_lines) {
  static char buffer[65536];
  // TOP seldom needs more than a few lines: it begins with what a header is likely to take.
  constexpr std::uint64_t top_piece = 4096;
  const bool whole = body_lines == whole_message;
  const std::uint64_t most = whole ? sizeof buffer : top_piece;
  maildir::WireSender sender(out_);
  maildir::TopCut cut(body_lines);
  std::uint64_t left = file_size;
  while (left != 0 && (whole || !cut.done()) && !out_.failed()) {
    const long got = base::read_some(fd, buffer, std::min(most, left));
    if (got <= 0) break;
    const std::string_view piece(buffer, static_cast<std::size_t>(got));
    sender.add(whole ? piece : piece.substr(0, cut.keep(piece)));
    left -= piece.size();
  }
  sender.finish();
  counts_.octets += sender.octets();
  if (out_.failed() || (left != 0 && !cut.done())) {
    ending_ = out_.failed() ? Ending::write_error : Ending::lost_message;
    out_.flush();
    return false;
  }
  out_ << ".\r\n";
  // The message is whole, but was not what the index or its name said of it.
  if (whole && mailbox_.policy() == maildir::SizePolicy::exact &&
      sender.octets() != mailbox_.record(index).wire_size) {
    mailbox_.distrust_index();
    ++counts_.wrong_sizes;
  }
  return true;
}

}  // namespace pop3d
