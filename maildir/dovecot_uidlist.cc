// SPDX-License-Identifier: ISC
// dovecot-uidlist, the file in which Dovecot keeps the UIDs of a Maildir's messages.
//
//   version 1   1 validity next-uid            then lines   uid name
//   version 3   3 Vvalidity Nnext-uid ...      then lines   uid Kvalue ... :name
//
// Of the keys K, P is the message's id, where that is not to be made of the numbers; empty, it is
// the unique name. In the header P is the format. Of lines with one name the last counts.
#include <algorithm>

#include "base/text.h"
#include "maildir/name.h"
#include "maildir/old_uidls.h"
#include "maildir/uidl_map.h"

namespace maildir {

namespace {

// What Dovecot's own sample configurations have advised for taking these servers' places.
constexpr struct {
  std::string_view word, format;
} formats[] = {
    {"dovecot", "%08Xu%08Xv"}, {"uw", "%08Xv%08Xu"}, {"cyrus", "%v.%u"}, {"courier", "%v-%u"}};

struct DovecotMessage {
  std::uint32_t uid, validity;
  std::string_view name, guid;
  std::optional<std::string_view> own_id;
};

using Id = base::Text<1024>;

void put_number(std::uint32_t number, bool hex, std::size_t width, Id& id) {
  char digits[10];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, hex ? 16 : 10).ptr;
  const auto size = static_cast<std::size_t>(end - digits);
  for (auto i = size; i < width; ++i) id << '0';
  id << std::string_view(digits, size);
}

// Takes what may stand between a % and its letter off FORMAT: "0width", "X". False if it is
// something else.
bool take_modifiers(std::string_view& format, std::size_t& width, bool& hex) {
  if (format.starts_with('0')) {
    const auto digits = format.substr(0, format.find_first_not_of("0123456789"));
    width = base::parse_number<std::uint8_t>(digits).value_or(0);
    if (width == 0 || width > max_uidl) return false;
    format.remove_prefix(digits.size());
  }
  hex = format.starts_with('X');
  if (hex) format.remove_prefix(1);
  return !format.empty();
}

// Makes an id by FORMAT. False if that has what we do not know.
bool expand(std::string_view format, const DovecotMessage& message, Id& id) {
  while (!format.empty()) {
    const char c = format.front();
    format.remove_prefix(1);
    if (c != '%') {
      id << c;
      continue;
    }
    std::size_t width = 0;
    bool hex;
    if (!take_modifiers(format, width, hex)) return false;
    const char variable = format.front();
    format.remove_prefix(1);
    if ((hex || width != 0) && variable != 'u' && variable != 'v') return false;
    switch (variable) {
      case 'u': put_number(message.uid, hex, width, id); break;
      case 'v': put_number(message.validity, hex, width, id); break;
      case 'f': id << message.name; break;
      case 'g': id << (message.guid.empty() ? message.name : message.guid); break;
      case '%': id << '%'; break;
      default: return false;
    }
  }
  return true;
}

struct DovecotHeader {
  bool has_fields;  // version 3
  std::uint32_t validity;
  std::string_view format;
};

std::optional<DovecotHeader> parse_header(std::string_view line) {
  const auto version = take_word(line);
  if (version != "1" && version != "3") return {};
  DovecotHeader header{version == "3", 0, {}};
  std::string_view validity, next_uid;
  if (header.has_fields) {
    while (!line.empty()) {
      const auto field = take_word(line);
      if (field.front() == 'V') validity = field.substr(1);
      if (field.front() == 'N') next_uid = field.substr(1);
      if (field.front() == 'P') header.format = field.substr(1);
    }
  } else {
    validity = take_word(line);
    next_uid = take_word(line);
  }
  header.validity = base::parse_number<std::uint32_t>(validity).value_or(0);
  if (header.validity == 0 || base::parse_number<std::uint32_t>(next_uid).value_or(0) == 0) return {};
  return header;
}

// Fills MESSAGE from a line; says what is wrong, nullptr if nothing is.
const char* parse_message(std::string_view line, bool has_fields, DovecotMessage& message) {
  const auto uid = base::parse_number<std::uint32_t>(take_word(line));
  if (!uid || *uid == 0 || *uid == ~std::uint32_t{0}) return "not a UID";
  message.uid = *uid;
  if (has_fields) {
    while (!line.empty() && line.front() != ':') {
      const auto field = take_word(line);
      if (field.front() == 'P' && !message.own_id) message.own_id = field.substr(1);
      if (field.front() == 'G' && message.guid.empty()) message.guid = field.substr(1);
    }
    if (line.empty()) return "no file name";
    line.remove_prefix(1);
  }
  message.name = unique_name(line);
  return is_listed_name(message.name) ? nullptr : "no file name";
}

}  // namespace

bool parse_dovecot(std::string_view content, std::string_view format, OldUidls& uidls) {
  ListLines lines(content);
  std::string_view line;
  const auto header = lines.next(line) && lines.is_whole() ? parse_header(line) : std::nullopt;
  if (!header) return uidls.refuse("not of version 1 or 3");
  if (format.empty()) format = header->format.empty() ? formats[0].format : header->format;
  while (lines.next(line)) {
    DovecotMessage message{0, header->validity, {}, {}, {}};
    const char* wrong = parse_message(line, header->has_fields, message);
    if (!lines.is_whole()) wrong = "unfinished line";
    if (wrong) {
      uidls.warn(lines.number(), wrong);
      continue;
    }
    Id id;
    if (message.own_id) {
      id << (message.own_id->empty() ? message.name : *message.own_id);
    } else if (!expand(format, message, id)) {
      return uidls.refuse("its header has an unknown format of unique-ids");
    }
    uidls.add(lines.number(), message.name, id.view());
  }
  uidls.drop_repeated_names(OldUidls::Keep::last);
  return true;
}

std::optional<std::string_view> parse_uidl_format(std::string_view word) {
  for (const auto& format : formats)
    if (format.word == word) return format.format;
  Id one, two;
  if (!expand(word, {1, 1, "1", {}, {}}, one) || !expand(word, {2, 1, "2", {}, {}}, two)) return {};
  if (one.view() == two.view()) return {};
  return word;
}

}  // namespace maildir
