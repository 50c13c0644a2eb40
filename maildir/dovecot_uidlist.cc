// SPDX-License-Identifier: ISC
// dovecot-uidlist, the file in which Dovecot keeps a Maildir's UIDs.
//
//   version 1   1 validity next-uid            then lines   uid name
//   version 3   3 Vvalidity Nnext-uid ...      then lines   uid Kvalue ... :name
//
// Of the keys K, P is the message's id, where it is not to be made of the numbers; empty, it is
// the unique name. In the header P is the format.
#include "base/text.h"
#include "maildir/name.h"
#include "maildir/old_uidls.h"
#include "maildir/uidl_map.h"

namespace maildir {

namespace {

struct DovecotMessage {
  std::uint32_t uid = 0, validity = 0;
  std::string_view name, guid;
  std::optional<std::string_view> own_id;
};

template <typename Number>
void put_number(Number number, bool hex, std::size_t width, Id& id) {
  char digits[88];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, hex ? 16 : 10).ptr;
  const auto size = static_cast<std::size_t>(end - digits);
  for (auto i = size; i < width; ++i) id << '0';
  id << std::string_view(digits, size);
}

// Makes an id by FORMAT, as far as its variables are known to us; false if not.
bool expand(std::string_view format, const DovecotMessage& message, Id& id) {
  while (!format.empty()) {
    const char c = format.front();
    format.remove_prefix(1);
    if (c != '%') {
      id << c;
      continue;
    }
    std::size_t width = 0;
    if (format.starts_with('0')) {
      const auto digits = format.substr(0, format.find_first_not_of("0123456789"));
      width = base::parse_number<std::uint8_t>(digits).value_or(0);
      if (width == 0 || width > max_uidl) return false;
      format.remove_prefix(digits.size());
    }
    const bool hex = format.starts_with('X');
    if (hex) format.remove_prefix(1);
    const char variable = format.empty() ? '\0' : format.front();
    if (format.empty() || ((hex || width != 0) && variable != 'u' && variable != 'v')) return false;
    format.remove_prefix(1);
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

std::optional<DovecotHeader> parse_dovecot_header(std::string_view line) {
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

// nullptr, or what is wrong.
const char* parse_dovecot_line(std::string_view line, bool has_fields, DovecotMessage& message) {
  const auto uid = base::parse_number<std::uint32_t>(take_word(line));
  if (!uid || *uid == 0 || *uid == ~std::uint32_t{0}) return "not a UID";
  message.uid = *uid;
  if (has_fields) {
    while (!line.empty() && line.front() != ':') {
      const auto field = take_word(line);
      if (field.front() == 'P' && !message.own_id) message.own_id = field.substr(1);
      if (field.front() == 'G' && message.guid.empty()) message.guid = field.substr(1);
    }
    if (line.empty()) return no_name;
    line.remove_prefix(1);
  }
  message.name = unique_name(line);
  return is_name(message.name) ? nullptr : no_name;
}

}  // namespace

bool parse_dovecot(std::string_view content, std::string_view format, OldUidls& uidls) {
  ListLines lines(content);
  std::string_view line;
  const auto header = lines.next(line) && lines.is_whole() ? parse_dovecot_header(line) : std::nullopt;
  if (!header) {
    uidls.warn(1, "not a dovecot-uidlist of version 1 or 3");
    return false;
  }
  if (format.empty()) format = header->format.empty() ? formats[0].format : header->format;
  while (lines.next(line)) {
    DovecotMessage message;
    message.validity = header->validity;
    const char* wrong = parse_dovecot_line(line, header->has_fields, message);
    if (!lines.is_whole()) wrong = unfinished;
    if (wrong) {
      uidls.warn(lines.number(), wrong);
      continue;
    }
    Id id;
    if (message.own_id) {
      id << (message.own_id->empty() ? message.name : *message.own_id);
    } else if (!expand(format, message, id)) {
      uidls.warn(1, "format of unique-ids not known");
      return false;
    }
    uidls.add(lines.number(), message.name, id.view());
  }
  uidls.drop_repeated_names(OldUidls::Keep::last);
  return true;
}

std::optional<std::string_view> parse_uidl_format(std::string_view word) {
  for (const auto& format : formats)
    if (format.word == word) return format.format;
  DovecotMessage one, other;
  one.uid = 1, one.name = "1";
  other.uid = 2, other.name = "2";
  Id id, other_id;
  if (!expand(word, one, id) || !expand(word, other, other_id) || id.view() == other_id.view()) return {};
  return word;
}

}  // namespace maildir
