// SPDX-License-Identifier: ISC
// Session's LIST and UIDL.
#include <algorithm>
#include <charconv>

#include "pop3d/session.h"

namespace pop3d {

namespace {

// A line of LIST or UIDL, built in the output's buffer: these are what big mailboxes consist of.
constexpr std::size_t most_digits = 20, longest_line = most_digits + 1 + maildir::max_uidl + 2;

char* put_number(char* to, std::uint64_t number) {
  return std::to_chars(to, to + most_digits, number).ptr;
}
char* put_text(char* to, std::string_view text) {
  return std::copy(text.begin(), text.end(), to);
}
void list_line(base::Output& out, std::size_t i, std::uint64_t octets) {
  char* const line = out.reserve(longest_line);
  char* to = put_number(line, i + 1);
  *to++ = ' ';
  to = put_text(put_number(to, octets), "\r\n");
  out.advance(static_cast<std::size_t>(to - line));
}
void uidl_line(base::Output& out, std::size_t i, std::string_view id) {
  char* const line = out.reserve(longest_line);
  char* to = put_number(line, i + 1);
  *to++ = ' ';
  to = put_text(put_text(to, id), "\r\n");
  out.advance(static_cast<std::size_t>(to - line));
}

}  // namespace

Reply Session::list(std::string_view argument) {
  Wish wish;
  if (const Reply wrong = take_wish(argument, wish); wrong.kind != Reply::done) return wrong;
  if (!argument.empty()) {
    std::size_t index;
    if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
    mailbox_.prepare(index);
    Content content;
    if (wish)
      if (const Reply wrong = mangle(index, *wish, content); wrong.kind != Reply::done) return wrong;
    out_ << "+OK ";
    list_line(out_, index, wish ? content.wire_size : mailbox_.record(index).wire_size);
    return {};
  }
  // All is checked before the first line of the answer: nothing can go wrong in its middle.
  mailbox_.prepare_sizes();
  if (wish) listed_octets(*wish);  // which makes them: the client would wait between two lines else
  out_ << "+OK " << messages_left() << say(" messages") << "\r\n";
  mailbox_.for_each([&](std::size_t i, const maildir::Record& record, const maildir::Image&) {
    if (!deleted_.has(i)) list_line(out_, i, wish ? listed_size(i, *wish) : record.wire_size);
  });
  out_ << ".\r\n";
  return {};
}

Reply Session::uidl(std::string_view argument) {
  if (!argument.empty()) {
    std::size_t index;
    if (const Reply wrong = find(argument, index); wrong.kind != Reply::done) return wrong;
    mailbox_.prepare(index);
    out_ << "+OK ";
    uidl_line(out_, index, mailbox_.uidl(index).view());
    return {};
  }
  mailbox_.prepare_all();
  out_ << "+OK " << messages_left() << say(" messages") << "\r\n";
  mailbox_.for_each([this](std::size_t i, const maildir::Record& record, const maildir::Image& image) {
    if (!deleted_.has(i)) uidl_line(out_, i, image.sound_uidl(record));
  });
  out_ << ".\r\n";
  return {};
}

}  // namespace pop3d
