// SPDX-License-Identifier: ISC
#include "pop3d/language.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <vector>

#include "base/failure.h"
#include "base/fd.h"
#include "base/utf8.h"
#include "pop3d/command.h"
#include "tests/check.h"

namespace {

using pop3d::Language;

std::string found(std::string_view range) {
  const auto language = pop3d::find_language(range);
  return language ? std::string(pop3d::tag_of(*language)) : "(none)";
}

std::vector<std::string> all_texts() {
  std::vector<std::string> texts;
  auto rest = pop3d::language_texts();
  while (!rest.empty()) {
    const auto text = rest.substr(0, rest.find('\0'));
    texts.emplace_back(text);
    rest.remove_prefix(text.size() + 1);
  }
  return texts;
}

// What DO(out) writes.
template <typename Do>
std::string written(Do act) {
  auto pipe = base::make_pipe();
  {
    base::Output out(pipe.write.get(), 1000);
    act(out);
    out.flush();
  }
  pipe.write.reset();
  char text[4096];
  return {text, base::read_all(pipe.read.get(), text)};
}

std::string said(Language language, std::string_view text) {
  return written([&](base::Output& out) { write_text(out, language, text); });
}

}  // namespace

TEST(a_range_finds_the_language_that_it_begins_with) {
  for (const auto* range : {"de", "DE", "De-ch", "de-CH-1996", "de-x-private"}) CHECK_EQ(found(range), "de");
  CHECK_EQ(found("en"), "en");
  CHECK_EQ(found("en-boont"), "en");
  CHECK_EQ(found("fr"), "fr");
  CHECK_EQ(found("ja-JP"), "ja");
}

TEST(a_range_of_no_language_of_ours_or_of_no_form_finds_none) {
  for (const auto* range : {"", "*", "d", "deu", "mul", "uga", "x-de", "i-default", "de-", "-de", "de--ch", "de_CH",
                            "de-*", "de ch", " de", "de ", "1e", "de-\xc3\xa4", "de-123456789", "abcdefghi"})
    CHECK_EQ(found(range), "(none)");
}

TEST(every_text_has_a_translation_in_every_language) {
  const auto texts = all_texts();
  CHECK(!texts.empty());
  CHECK_EQ(texts.size() % pop3d::languages, std::size_t{0});
  std::set<std::string> english;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CHECK_ROW(texts[i], !texts[i].empty() && base::is_utf8_text(texts[i]));
    CHECK_ROW(texts[i], texts[i].size() <= 120);  // RFC 2449 s.4: a reply is at most 512 octets
    CHECK_ROW(texts[i], texts[i].find('[') == std::string::npos);
    if (i % pop3d::languages != 0) continue;
    CHECK_ROW(texts[i], pop3d::is_printable(texts[i]));
    CHECK_ROW(texts[i], english.insert(texts[i]).second);
    for (std::size_t other = 1; other < pop3d::languages; ++other) {
      // Blanks around a piece, where numbers stand, are in all languages.
      CHECK_ROW(texts[i], texts[i + other].starts_with(' ') == texts[i].starts_with(' '));
      CHECK_ROW(texts[i], texts[i + other].ends_with(' ') == texts[i].ends_with(' '));
      CHECK_ROW(texts[i], pop3d::in_language(static_cast<Language>(other), texts[i]) == texts[i + other]);
    }
  }
}

TEST(a_text_without_translation_stays_english_and_so_does_a_code) {
  CHECK_EQ(said(Language::english, "[AUTH] login failed"), "[AUTH] login failed");
  CHECK_EQ(said(Language::german, "[AUTH] login failed"), "[AUTH] Anmeldung gescheitert");
  CHECK_EQ(said(Language::german, "no such text"), "no such text");
  CHECK_EQ(said(Language::german, "[AUTH] no such text"), "[AUTH] no such text");
  CHECK_EQ(said(Language::german, "[AUTH]"), "[AUTH]");
  CHECK_EQ(said(Language::german, ""), "");
  CHECK_EQ(said(Language::german, "Anmeldung gescheitert"), "Anmeldung gescheitert");
}

TEST(lang_lists_chooses_and_goes_back_to_the_preferred_one) {
  auto language = Language::english;
  const auto choose = [&](std::string_view argument) {
    return written([&](base::Output& out) {
      const auto reply = pop3d::choose_language(out, argument, Language::french, language);
      if (reply.kind != pop3d::Reply::done) out << "-ERR " << reply.text;
    });
  };
  CHECK_EQ(choose(""), "+OK languages follow\r\nen English\r\nde Deutsch\r\nfr Français\r\nja 日本語\r\n.\r\n");
  CHECK_EQ(choose("DE-at"), "+OK de das ist von nun an die Sprache\r\n");
  CHECK(language == Language::german);
  CHECK_EQ(choose("mul"), "-ERR no such language");
  CHECK_EQ(choose("de en"), "-ERR no such language");
  CHECK(language == Language::german);
  CHECK_EQ(choose("*"), "+OK fr c'est désormais la langue\r\n");
  CHECK(language == Language::french);
}

TEST(a_setting_names_a_language_or_fails) {
  const auto read = [](const char* value) -> std::string {
    ::setenv("POP3_LANGUAGE", value, 1);
    try {
      return std::string(tag_of(pop3d::read_language("POP3_LANGUAGE")));
    } catch (const base::Failure& failure) {
      return failure.what();
    }
  };
  CHECK_EQ(read(""), "en");
  CHECK_EQ(read("ja"), "ja");
  CHECK_EQ(read("de-CH"), "de");
  CHECK_EQ(read("*"), "POP3_LANGUAGE: no language that we have: en, de, fr, ja");
  ::unsetenv("POP3_LANGUAGE");
  CHECK_EQ(std::string(tag_of(pop3d::read_language("POP3_LANGUAGE"))), "en");
}
