// SPDX-License-Identifier: ISC
// Session's XTND: XMIT and XLST.
#include "pop3d/xtnd.h"

#include <unistd.h>

#include <algorithm>

#include "base/env.h"
#include "base/failure.h"
#include "base/log.h"
#include "maildir/bulletin_text.h"
#include "maildir/wire.h"
#include "pop3d/session.h"

namespace pop3d {

namespace {

// A header that is longer is looked through as far as that.
char header_room[65536];

// The header at the beginning of FD, with whole fields, or what of it there is room for.
std::string_view read_header(int fd) {
  std::size_t size = 0;
  while (size < sizeof header_room) {
    const long got = base::read_some(fd, header_room + size, std::min<std::size_t>(4096, sizeof header_room - size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
    const std::string_view there(header_room, size);
    if (there.find("\n\n") != there.npos || there.find("\n\r\n") != there.npos) break;
  }
  return {header_room, size};
}

bool is_field_name(std::string_view name) {
  return !name.empty() && name.size() <= 76 && name.find(':') == name.npos &&
         std::all_of(name.begin(), name.end(), base::is_graphic);
}

}  // namespace

Reply Session::xtnd(std::string_view argument) {
  const auto [subcommand, rest] = parse_command(argument);
  if (is_keyword(subcommand, "XMIT")) return rest.empty() ? xmit() : Reply{Reply::misused, "XTND XMIT takes no argument"};
  if (is_keyword(subcommand, "XLST")) return xlst(rest);
  return {Reply::misused, "XTND knows XMIT and XLST"};
}

// "3 Subject: text" for each field of that name, with its continuation lines.
Reply Session::xlst(std::string_view argument) {
  const auto split = split_arguments(argument);
  if (!split || split->count == 0) return {Reply::misused, "XTND XLST needs a field name"};
  auto wanted = split->words[0];
  if (wanted.ends_with(':')) wanted.remove_suffix(1);
  if (!is_field_name(wanted)) return {Reply::misused, "not a field name"};
  std::size_t only = mailbox_.size();
  if (split->count == 2)
    if (const Reply wrong = find(split->words[1], only); wrong.kind != Reply::done) return wrong;
  base::Text<80> name;
  for (const char c : wanted) name << base::lower(c);
  mailbox_.prepare_all();
  out_ << "+OK " << say("xlst command accepted; headers coming.") << "\r\n";
  for (std::size_t i = 0; i < mailbox_.size() && !out_.failed() && !is_time_over(); ++i) {
    if (deleted_.has(i) || (only != mailbox_.size() && i != only)) continue;
    std::uint64_t file_size;
    const auto fd = mailbox_.open_message(i, file_size);
    if (!fd) continue;
    auto header = read_header(fd->get());
    while (!header.empty() && !header.starts_with('\n') && !header.starts_with("\r\n")) {
      const auto field = maildir::take_field(header);
      if (field.empty()) break;
      if (!maildir::is_field(field, name.view())) continue;
      base::Text<24> number;
      number << i + 1 << ' ';
      maildir::WireSender sender(out_);
      sender.add(number.view());
      sender.add(field);
      sender.finish();
    }
  }
  out_ << ".\r\n";
  return {};
}

Reply Session::xmit() {
  if (!settings_.offers_xmit) return {Reply::misused, "unknown command"};
  base::UniqueFd spool;
  try {
    spool = open_unnamed();
  } catch (const base::Failure& e) {
    base::LogLine("pop3d", "xmit").field("user", base::get_env("USER")).field("error", e.what()).write();
    return {Reply::refused, "[SYS/TEMP] no room for a message"};
  }
  out_ << "+OK " << say("start sending message") << "\r\n";
  out_.flush();
  if (out_.failed()) {  // he would wait for us, and we for him
    ending_ = write_error();
    return {Reply::leave};
  }
  Upload upload(spool.get(), settings_.most_xmit_octets);
  while (!upload.is_complete()) {
    std::string_view piece;
    const auto got = in_->next_piece(piece);
    if (got == base::Got::line) {
      upload.add(piece);
      if (upload.octets() / 2 <= settings_.most_xmit_octets) continue;
      // Who sends on and on shall not keep us.
      refuse("message too large");
      ending_ = Ending::bad_commands;
    } else {
      ending_ = got == base::Got::end ? Ending::eof : is_time_over() ? Ending::connection_time : Ending::timeout;
    }
    out_.flush();
    return {Reply::leave};
  }
  if (upload.is_too_large()) return {Reply::refused, "message too large"};
  if (!upload.finish()) return {Reply::refused, "[SYS/TEMP] no room for a message"};
  const auto outcome = runner_.ask({RunnerRequest::send, {}}, spool.get(), spool.get(), settings_.deadline_ms);
  base::LogLine("pop3d", "xmit")
      .field("user", base::get_env("USER"))
      .field("octets", upload.octets())
      .field("outcome", outcome == RunnerAnswer::done ? "sent" : "failed")
      .write();
  switch (outcome) {
    case RunnerAnswer::done: break;
    case RunnerAnswer::failed: return {Reply::refused, "[SYS/TEMP] unable to send message"};
    case RunnerAnswer::not_started: return {Reply::refused, "[SYS/TEMP] unable to execute the mail command"};
  }
  out_ << "+OK " << say("message sent successfully") << "\r\n";
  return {};
}

}  // namespace pop3d
