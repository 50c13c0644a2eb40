// SPDX-License-Identifier: ISC
#include "pop3d/conf_names.h"

#include <algorithm>
#include <optional>

namespace pop3d {

namespace {

using Text = base::Text<max_conf_line + 32>;

// Its manual: string ::= 1*255CHAR.
constexpr std::size_t max_qpopper_string = 255;
// What Qpopper adds when it executes its mail-command.
constexpr char mail_arguments[] = " -t -i -oem";

Meaning wrong(std::string_view why) {
  Meaning meaning;
  meaning.text << why;
  return meaning;
}

std::optional<bool> parse_boolean(std::string_view value) {
  for (const char* yes : {"true", "1", "yes", "on"})
    if (is_same_name(value, yes)) return true;
  for (const char* no : {"false", "0", "no", "off"})
    if (is_same_name(value, no)) return false;
  return {};
}

// As strtol(3) with base 0; nothing for what is below 0, too large or no number.
std::optional<std::uint64_t> parse_integer(std::string_view text) {
  int base = 10;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.size() > 2 && text[0] == '0' && base::lower(text[1]) == 'x') {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
    text.remove_prefix(1);
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

// Our word for theirs, from "theirs=ours ...".
std::optional<std::string_view> look_up(std::string_view meanings, std::string_view word) {
  while (!meanings.empty()) {
    const auto pair = take_word(meanings);
    const auto equals = pair.find('=');
    if (is_same_name(pair.substr(0, equals), word)) return pair.substr(equals + 1);
  }
  return {};
}

Meaning unknown_word(const ForeignName& name) {
  auto meaning = wrong("not one of");
  for (std::string_view meanings = name.meanings; !meanings.empty();) {
    const auto pair = take_word(meanings);
    meaning.text << ' ' << pair.substr(0, pair.find('='));
  }
  return meaning;
}

// The value in our form; or wrong.
Meaning translate(Grammar grammar, const ForeignName& name, const ConfLine& line) {
  Meaning meaning;
  meaning.what = Meaning::What::sets;
  const bool is_boolean = name.type == Type::boolean || name.type == Type::flag;
  if (line.what == ConfLine::What::reset && !is_boolean) return wrong("is no boolean option, it cannot be reset");
  if (is_boolean) {
    const bool may_be_bare = grammar == Grammar::qpopper || name.type == Type::flag;
    auto value = line.has_value ? parse_boolean(line.value) : std::optional<bool>(line.what == ConfLine::What::set);
    if (!value || (!line.has_value && !may_be_bare)) return wrong("not yes or no, true or false, 1 or 0");
    meaning.text << (*value != name.is_inverse ? '1' : '0');
    return meaning;
  }
  if (!line.has_value) return wrong("the value is missing");
  if (const auto ours = look_up(name.meanings, line.value); ours && *name.meanings) {
    meaning.text << *ours;
    return meaning;
  }
  switch (name.type) {
    case Type::words: return unknown_word(name);
    case Type::integer:
      if (const auto number = parse_integer(line.value)) return meaning.text << *number, meaning;
      return wrong("not a number");
    default: break;
  }
  if (grammar == Grammar::qpopper && line.value.size() > max_qpopper_string) return wrong("longer than 255 characters");
  meaning.text << line.value;
  return meaning;
}

// Where more is to be done than to write the value in our form.
void adapt(const ForeignName& name, Meaning& meaning, TpopsSizes& sizes) {
  const std::string_view theirs = name.name;
  const bool is_on = meaning.text.view() == "1";
  if (theirs == "mail-command" && !meaning.text.empty()) {
    meaning.text << mail_arguments;
  } else if (theirs == "maildir-uidl-convert") {
    meaning.text.clear();
    if (is_on) meaning.text << "tpops";
  } else if (theirs == "maildir-extended" || theirs == "maildir-use-filesize") {
    (theirs == "maildir-extended" ? sizes.uses_names : sizes.uses_file_size) = is_on;
    meaning.text.clear();
    meaning.text << (sizes.uses_names ? "name" : sizes.uses_file_size ? "file" : "exact");
  } else if (theirs == "error-interval") {
    // A30: TPOPS delays every -ERR. For those that are no failed logins we have a bound.
    meaning.also = find_setting("POP3_COMMAND_ERROR_INTERVAL");
    const auto seconds = base::parse_number<std::uint64_t>(meaning.text.view()).value_or(0);
    meaning.also_text << std::min(seconds, meaning.also->most);
  }
}

// A line with the name of a setting of ours: the value is as the programs take it, but for switches, which may be written
// as booleans are in these files.
Meaning interpret_own(const Setting& setting, const ConfLine& line) {
  Meaning meaning;
  meaning.what = Meaning::What::sets;
  if (setting.kind == Kind::toggle && !(line.has_value && line.value.empty())) {
    const auto value = line.has_value ? parse_boolean(line.value) : std::optional<bool>(line.what == ConfLine::What::set);
    if (!value) return wrong("not 0 or 1");
    meaning.text << (*value ? '1' : '0');
    return meaning;
  }
  if (line.what == ConfLine::What::reset) return wrong("is no switch, it cannot be reset");
  if (!line.has_value) return wrong("the value is missing");
  meaning.text << line.value;
  return meaning;
}

}  // namespace

const ForeignName* find_foreign(Grammar grammar, std::string_view name) {
  for (const auto& foreign : grammar == Grammar::qpopper ? qpopper_options() : tpops_parameters())
    if (is_same_name(foreign.name, name)) return &foreign;
  return nullptr;
}

Meaning interpret(Grammar grammar, const ConfLine& line, TpopsSizes& sizes) {
  // Our own names first: TPOPS's "maildir" is not MAILDIR.
  auto own = find_setting(line.name);
  const auto foreign = own ? nullptr : find_foreign(grammar, line.name);
  if (foreign) own = find_setting(foreign->setting);
  if (!foreign && !own)
    return wrong(grammar == Grammar::qpopper ? "no such option" : "no such parameter");
  auto meaning = foreign ? translate(grammar, *foreign, line) : interpret_own(*own, line);
  if (meaning.what == Meaning::What::wrong) return meaning;
  if (foreign) {
    if (std::string_view(foreign->name).starts_with("config")) {
      if (meaning.text.empty()) return wrong("the value is missing");
      meaning.what = Meaning::What::includes;
      return meaning;
    }
    if (!own) {
      meaning.what = Meaning::What::no_effect;
      meaning.instead = foreign->instead;
      return meaning;
    }
    adapt(*foreign, meaning, sizes);
  }
  if (const auto why = wrong_value(*own, meaning.text.view()); !why.empty()) return wrong(why.view());
  meaning.setting = own;
  return meaning;
}

}  // namespace pop3d
