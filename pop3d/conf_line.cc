// SPDX-License-Identifier: ISC
#include "pop3d/conf_line.h"

#include <algorithm>

#include "pop3d/conf_table.h"

namespace pop3d {

namespace {

constexpr std::string_view blanks = " \t";

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

std::string_view without_blanks_behind(std::string_view text) {
  const auto last = text.find_last_not_of(blanks);
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

// Up to the first of STOP, which stays.
std::string_view take_until(std::string_view& text, std::string_view stop) {
  const auto end = std::min(text.find_first_of(stop), text.size());
  const auto taken = text.substr(0, end);
  text.remove_prefix(end);
  return taken;
}

ConfLine wrong(const char* why) {
  ConfLine line;
  line.what = ConfLine::What::wrong;
  line.wrong = why;
  return line;
}

// The value, with its quotes taken off. False if the closing one is missing.
bool take_value(std::string_view& text, std::string_view& value) {
  if (text.empty() || std::string_view("\"'`").find(text[0]) == std::string_view::npos) {
    value = take_until(text, blanks);
    return true;
  }
  const auto end = text.find(text[0], 1);
  if (end == text.npos) return false;
  value = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return true;
}

const char* wrong_octets(std::string_view line) {
  if (line.size() > max_conf_line) return "the line is longer than 1023 octets";
  for (const char c : line)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return "the line holds a control character";
  return nullptr;
}

}  // namespace

ConfLine parse_qpopper_line(std::string_view text) {
  ConfLine line;
  skip_blanks(text);
  if (text.empty() || text[0] == '#') return line;
  if (const auto why = wrong_octets(text)) return wrong(why);
  const auto verb = take_until(text, " \t=#");
  if (is_same_name(verb, "set")) line.what = ConfLine::What::set;
  else if (is_same_name(verb, "reset")) line.what = ConfLine::What::reset;
  else return wrong("expected \"set\" or \"reset\"");
  skip_blanks(text);
  line.name = take_until(text, " \t=#");
  if (line.name.empty()) return wrong("the name of an option is missing");
  skip_blanks(text);
  if (text.starts_with('=')) {
    if (line.what == ConfLine::What::reset) return wrong("\"reset\" takes no value");
    text.remove_prefix(1);
    skip_blanks(text);
    if (text.empty() || text[0] == '#') return wrong("the value behind \"=\" is missing");
    if (!take_value(text, line.value)) return wrong("the closing quote is missing");
    line.has_value = true;
    skip_blanks(text);
  }
  if (!text.empty() && text[0] != '#')
    return wrong(line.has_value ? "expected a comment or the end of the line" : "expected \"=\"");
  return line;
}

ConfLine parse_tpops_line(std::string_view text) {
  ConfLine line;
  if (text.starts_with('#')) return line;  // ISO-2022-JP's escapes are control characters
  if (const auto why = wrong_octets(text)) return wrong(why);
  skip_blanks(text);
  text = without_blanks_behind(text);
  if (text.empty()) return line;
  if (text[0] == '[') return text.ends_with(']') ? line : wrong("the closing bracket is missing");
  line.name = take_until(text, " \t=");
  if (line.name.empty()) return wrong("the name of a parameter is missing");
  line.what = ConfLine::What::set;
  skip_blanks(text);
  line.has_value = !text.empty();
  if (text.starts_with('=')) {
    text.remove_prefix(1);
    skip_blanks(text);
  }
  line.value = text;
  return line;
}

Grammar recognise_grammar(std::string_view text) {
  while (!text.empty()) {
    auto line = take_line(text);
    const auto first = take_word(line);
    if (first.empty() || first[0] == '#') continue;
    const bool is_qpopper = is_same_name(first, "set") || is_same_name(first, "reset");
    return is_qpopper && !line.starts_with('=') ? Grammar::qpopper : Grammar::tpops;
  }
  return Grammar::unknown;
}

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace pop3d
