// SPDX-License-Identifier: ISC
#include "pop3d/language.h"

#include "base/env.h"
#include "base/failure.h"
#include "pop3d/command.h"

namespace pop3d {

namespace {

constexpr struct {
  char tag[3];
  char name[16];  // in the language itself
} known[languages] = {{"en", "English"}, {"de", "Deutsch"}, {"fr", "Français"}, {"ja", "日本語"}};

// The part of RANGE up to its first hyphen, which is taken from it; empty if that is no subtag.
// RFC 4647 s.2.1: 1*8ALPHA *("-" 1*8alphanum).
std::string_view take_subtag(std::string_view& range, bool is_first) {
  constexpr std::size_t longest = 8;
  const auto subtag = range.substr(0, range.find('-'));
  range.remove_prefix(subtag.size());
  if (subtag.size() > longest) return {};
  for (const char c : subtag)
    if (!base::is_letter(c) && (is_first || !base::is_digit(c))) return {};
  return subtag;
}

std::string_view next_text(std::string_view& texts) {
  const auto text = texts.substr(0, texts.find('\0'));
  texts.remove_prefix(text.size() + 1);
  return text;
}

void list(base::Output& out, Language language) {
  out << "+OK ";
  write_text(out, language, "languages follow");
  out << "\r\n";
  for (const auto& entry : known) out << entry.tag << ' ' << entry.name << "\r\n";
  out << ".\r\n";
}

}  // namespace

std::string_view tag_of(Language language) { return known[static_cast<std::size_t>(language)].tag; }

// All tags that we have are of one subtag: what lookup ends at is the first of the range's.
std::optional<Language> find_language(std::string_view range) {
  const auto primary = take_subtag(range, true);
  if (primary.empty()) return {};
  while (!range.empty()) {
    range.remove_prefix(1);  // the hyphen
    if (take_subtag(range, false).empty()) return {};
  }
  for (std::size_t i = 0; i < languages; ++i)
    if (primary.size() == 2 && base::lower(primary[0]) == known[i].tag[0] && base::lower(primary[1]) == known[i].tag[1])
      return static_cast<Language>(i);
  return {};
}

Language read_language(const char* name) {
  const auto value = base::get_env(name);
  if (value.empty()) return Language::english;
  const auto language = find_language(value);
  if (!language) throw base::Failure(name, "no language that we have: en, de, fr, ja");
  return *language;
}

std::string_view in_language(Language language, std::string_view english) {
  if (language == Language::english) return english;
  for (auto texts = language_texts(); !texts.empty();) {
    std::string_view translations[languages];
    for (auto& text : translations) text = next_text(texts);
    if (translations[0] == english) return translations[static_cast<std::size_t>(language)];
  }
  return english;
}

std::string_view take_response_code(std::string_view& text) {
  if (!text.starts_with('[')) return {};
  const auto code = text.substr(0, text.find(' ') + 1);
  text.remove_prefix(code.size());
  return code;
}

void write_text(base::Output& out, Language language, std::string_view text) {
  out << take_response_code(text);
  out << in_language(language, text);
}

Reply choose_language(base::Output& out, std::string_view argument, Language preferred, Language& language) {
  if (argument.empty()) {
    list(out, language);
    return {};
  }
  const auto chosen = argument == "*" ? std::optional(preferred) : find_language(argument);
  if (!chosen) return {Reply::refused, "no such language"};
  language = *chosen;
  out << "+OK " << tag_of(language) << ' ' << in_language(language, "that is the language from now on") << "\r\n";
  return {};
}

}  // namespace pop3d
