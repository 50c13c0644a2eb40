// SPDX-License-Identifier: ISC
// A bulletin, a file's name, or .popbull, by the first octet. What a user gets of a bulletin has one
// To:, none of the fields that mbox programs write, and else every octet in its order.
// covers maildir/bulletin_name.cc maildir/bulletin_text.cc
#include "maildir/bulletin_text.h"

#include <algorithm>
#include <string>

#include "maildir/bulletin_name.h"
#include "tests/fuzz/require.h"

namespace {

bool is_dropped(std::string_view field) {
  return maildir::is_field(field, "to") || maildir::is_field(field, "status") || maildir::is_field(field, "x-uidl");
}

std::string text_of(const base::Array<char>& octets) { return {octets.begin(), octets.end()}; }

void check_text(std::string_view content) {
  const auto text = maildir::parse_bulletin(content);
  (void)maildir::why_not_publish(text);
  if (text.refusal) return;
  require(!text.header.empty() && content.ends_with(std::string(text.header) + std::string(text.body)));
  std::string kept;
  for (auto header = text.header; !header.empty();) {
    const auto field = maildir::take_field(header);
    require(!field.empty() && !maildir::field_name(field).empty());
    if (!is_dropped(field)) kept += field;
  }

  base::Array<char> out;
  maildir::append_addressed(text, "a@b", out);
  const auto message = text_of(out);
  const auto again = maildir::parse_bulletin(message);
  require(!again.refusal && !again.is_mbox && again.body == text.body);
  std::string kept_again;
  int to = 0;
  for (auto header = again.header; !header.empty();) {
    const auto field = maildir::take_field(header);
    to += maildir::is_field(field, "to");
    require(!is_dropped(field) || field == "To: a@b\n" || field == "To: a@b\r\n");
    if (!is_dropped(field)) kept_again += field;
  }
  require(to == 1 && kept_again.starts_with(kept) && kept_again.size() <= kept.size() + 2);
}

void check_recipient(std::string_view user, std::string_view host) {
  const auto text = maildir::recipient(user, host);
  require(!text.overflowed() && !text.empty());
  for (const char c : text.view()) require(base::is_graphic(c) || c == ' ');
  const auto whole = std::string("To: ").append(text.view()).append("\n\n");
  require(!maildir::parse_bulletin(whole).refusal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto input = as_text(data + 1, size - 1);
  const auto cut = input.substr(0, 200);
  switch (data[0] % 4) {
    case 0: check_text(input); break;
    case 1:
      if (const auto name = maildir::parse_bulletin_name(cut)) {
        require(name->number <= maildir::last_bulletin_number && name->group.find('.') == name->group.npos);
        const auto message = maildir::name_of_message(1, name->number, cut);
        require(!message.overflowed() && maildir::bulletin_of_message(message.view()) == name->number);
      }
      if (const auto number = maildir::bulletin_of_message(cut))
        require(cut.find(".bull") != cut.npos && *number <= maildir::last_bulletin_number);
      break;
    case 2:
      if (const auto state = maildir::parse_bulletin_state(input))
        require(maildir::parse_bulletin_state(std::to_string(*state) + "\n") == *state);
      break;
    case 3: check_recipient(input.substr(0, input.find('\n')), cut); break;
  }
  return 0;
}
