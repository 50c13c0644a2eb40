// SPDX-License-Identifier: ISC
// What Session's RETR, TOP, LIST and STAT do for a client that wants its messages mangled.
#include "pop3d/session.h"

namespace pop3d {

Reply Session::take_wish(std::string_view& argument, Wish& wish) const {
  const auto blank = argument.rfind(' ');
  const auto word = argument.substr(blank == argument.npos ? 0 : blank + 1);
  if (settings_.offers_mangle && is_mangle_word(word)) {
    if (const auto wrong = parse_mangle(word, wish.emplace()); !wrong.empty()) return {Reply::misused, wrong};
    argument = argument.substr(0, blank == argument.npos ? 0 : blank);
  } else if (settings_.no_mime) {
    wish.emplace();
  }
  return {};
}

Reply Session::mangle(std::size_t index, const MangleWish& wish, Content& content) {
  auto mangled = mangler_.find(index, wish);
  if (!mangled) {
    const auto file = mailbox_.open_message(index, content.size);
    if (!file) return gone_or_changed();
    mangled = mangler_.make(index, mailbox_.size(), file->get(), wish);
  }
  if (!mangled) return {Reply::refused, "[SYS/TEMP] the message cannot be mangled now"};
  content.fd = mangled->fd;
  content.offset = mangled->offset;
  content.size = mangled->size;
  content.wire_size = mangled->wire_size;
  content.is_mangled = true;
  return {};
}

// A message that cannot be mangled is listed as it is: RETR will refuse it, and nothing that is sent has another
// size than was said. It is not tried again for each listing: that may take half a minute.
std::uint64_t Session::listed_size(std::size_t index, const MangleWish& wish) {
  std::uint64_t octets = 0;
  switch (mangler_.find_size(index, wish, octets)) {
    case Mangler::Known::size: return octets;
    case Mangler::Known::failed: return mailbox_.record(index).wire_size;
    case Mangler::Known::nothing: break;
  }
  Content content;
  return mangle(index, wish, content).kind == Reply::done ? content.wire_size : mailbox_.record(index).wire_size;
}

std::uint64_t Session::listed_octets(const MangleWish& wish) {
  mailbox_.prepare_sizes();
  std::uint64_t octets = 0;
  for (std::size_t i = 0; i < mailbox_.size() && !is_time_over(); ++i)
    if (!deleted_.has(i)) octets += listed_size(i, wish);
  return octets;
}

}  // namespace pop3d
