// SPDX-License-Identifier: ISC
#include "maildir/bulletin_text.h"

#include <algorithm>
#include <cstring>

namespace maildir {

namespace {

// The first line of TEXT with its end.
std::string_view first_line(std::string_view text) {
  const auto end = text.find('\n');
  return text.substr(0, end == text.npos ? end : end + 1);
}

// What begins a message in an mbox. "From :" is a field, if an old one.
bool is_mbox_line(std::string_view line) { return line.starts_with("From ") && field_name(line).empty(); }

bool is_empty_line(std::string_view line) { return line == "\n" || line == "\r\n"; }
bool is_continuation(std::string_view line) { return line.starts_with(' ') || line.starts_with('\t'); }

bool is_alnum(char c) { return base::is_letter(c) || base::is_digit(c); }

// RFC 5322 s.3.2.3: what stands in a name without quotes.
bool is_dot_atom(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == text.npos &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_alnum(c) || others.find(c) != others.npos; });
}

bool is_domain(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

bool has_long_line(std::string_view text) {
  constexpr std::size_t longest_line = 998;  // RFC 5322 s.2.1.1, without its end
  while (!text.empty()) {
    const auto line = first_line(text);
    const auto end = line.ends_with("\r\n") ? 2u : line.ends_with('\n') ? 1u : 0u;
    if (line.size() - end > longest_line) return true;
    text.remove_prefix(line.size());
  }
  return false;
}

// In an mbox an empty line and a "From " line are the end of a message.
bool has_mbox_line(std::string_view text) {
  bool is_behind_empty = false;
  while (!text.empty()) {
    const auto line = first_line(text);
    if (is_behind_empty && is_mbox_line(line)) return true;
    is_behind_empty = is_empty_line(line);
    text.remove_prefix(line.size());
  }
  return false;
}

void append(base::Array<char>& out, std::string_view part) {
  if (!part.empty()) std::memcpy(out.extend(part.size()), part.data(), part.size());
}

}  // namespace

BulletinText parse_bulletin(std::string_view content) {
  BulletinText text;
  const auto first = first_line(content);
  text.is_mbox = is_mbox_line(first);
  if (text.is_mbox) content.remove_prefix(first.size());
  std::size_t size = 0;
  while (size < content.size()) {
    const auto line = first_line(content.substr(size));
    if (is_empty_line(line)) break;
    const bool is_good = is_continuation(line) ? size != 0 : !field_name(line).empty();
    if (!is_good) text.refusal = "a header line is no field";
    if (line.find('\0') != line.npos) text.refusal = "a NUL in the header";
    if (text.refusal) return text;
    size += line.size();
  }
  text.header = content.substr(0, size);
  text.body = content.substr(size);
  if (size == 0) text.refusal = "no header";
  return text;
}

std::string_view take_field(std::string_view& header) {
  auto size = first_line(header).size();
  while (is_continuation(header.substr(size))) size += first_line(header.substr(size)).size();
  const auto field = header.substr(0, size);
  header.remove_prefix(size);
  return field;
}

// Blanks before the colon are RFC 822's, and RFC 5322 s.4.5 still has them read.
std::string_view field_name(std::string_view field) {
  const auto size = static_cast<std::size_t>(
      std::find_if(field.begin(), field.end(), [](char c) { return !base::is_graphic(c) || c == ':'; }) -
      field.begin());
  const auto colon = field.find_first_not_of(" \t", size);
  return colon != field.npos && field[colon] == ':' ? field.substr(0, size) : std::string_view();
}

bool is_field(std::string_view field, std::string_view lower_case_name) {
  const auto name = field_name(field);
  return std::equal(name.begin(), name.end(), lower_case_name.begin(), lower_case_name.end(),
                    [](char a, char b) { return base::lower(a) == b; });
}

const char* why_not_publish(const BulletinText& text) {
  if (text.refusal) return text.refusal;
  int from = 0, date = 0, subject = 0;
  for (auto header = text.header; !header.empty();) {
    const auto field = take_field(header);
    from += is_field(field, "from");
    date += is_field(field, "date");
    subject += is_field(field, "subject");
  }
  // RFC 5322 s.3.6 wants the first two; without the third nobody would read it.
  if (from != 1) return "not one From: field";
  if (date != 1) return "not one Date: field";
  if (subject != 1) return "not one Subject: field";
  if (text.body.find('\0') != text.body.npos) return "a NUL in the body";
  return has_long_line(text.header) || has_long_line(text.body) ? "a line longer than 998 octets"
         : text.is_mbox && has_mbox_line(text.body)             ? "a second message, behind a \"From \" line"
                                                                : nullptr;
}

Recipient recipient(std::string_view user, std::string_view host) {
  const auto at = user.rfind('@');
  const auto local = user.substr(0, at);
  const auto domain = at == user.npos ? host : user.substr(at + 1);
  const bool is_printable =
      std::all_of(local.begin(), local.end(), [](char c) { return base::is_graphic(c) || c == ' '; });
  if (local.empty() || local.size() > 128 || !is_printable || !is_domain(domain))
    return Recipient("undisclosed-recipients:;");
  Recipient text;
  if (is_dot_atom(local)) {
    text << local;
  } else {
    text << '"';
    for (const char c : local) (c == '"' || c == '\\' ? text << '\\' : text) << c;
    text << '"';
  }
  text << '@' << domain;
  return text;
}

void append_addressed(const BulletinText& text, std::string_view recipient, base::Array<char>& out) {
  const auto line_end = first_line(text.header).ends_with("\r\n") ? "\r\n" : "\n";
  bool is_addressed = false;
  const auto address = [&] {
    if (is_addressed) return;
    for (const std::string_view part : {std::string_view("To: "), recipient, std::string_view(line_end)})
      append(out, part);
    is_addressed = true;
  };
  for (auto header = text.header; !header.empty();) {
    const auto field = take_field(header);
    if (is_field(field, "to")) {
      address();
    } else if (!is_field(field, "status") && !is_field(field, "x-uidl")) {
      append(out, field);
      if (!field.ends_with('\n')) append(out, line_end);  // the file ends in it
    }
  }
  address();
  append(out, text.body);
}

}  // namespace maildir
