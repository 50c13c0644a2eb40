// SPDX-License-Identifier: ISC
#include "pop3d/html_text.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "pop3d/html_references.h"

namespace pop3d {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_equal(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return base::lower(a) == b; });
}

// What a tag does to the text around it.
enum class Effect : std::uint8_t { none, line_end, line, paragraph, item, cell, rule, link, image, verbatim, hidden };
constexpr struct {
  std::string_view name;
  Effect effect;
} tags[] = {{"br", Effect::line_end}, {"div", Effect::line}, {"tr", Effect::line}, {"dt", Effect::line}, {"dd", Effect::line},
            {"option", Effect::line}, {"address", Effect::line}, {"section", Effect::line}, {"article", Effect::line},
            {"header", Effect::line}, {"footer", Effect::line}, {"p", Effect::paragraph}, {"h1", Effect::paragraph},
            {"h2", Effect::paragraph}, {"h3", Effect::paragraph}, {"h4", Effect::paragraph}, {"h5", Effect::paragraph},
            {"h6", Effect::paragraph}, {"ul", Effect::paragraph}, {"ol", Effect::paragraph}, {"dl", Effect::paragraph},
            {"table", Effect::line}, {"blockquote", Effect::paragraph}, {"li", Effect::item}, {"td", Effect::cell},
            {"th", Effect::cell}, {"hr", Effect::rule}, {"a", Effect::link}, {"img", Effect::image},
            {"pre", Effect::verbatim}, {"script", Effect::hidden}, {"style", Effect::hidden}, {"title", Effect::hidden}};

Effect effect_of(std::string_view name) {
  for (const auto& tag : tags)
    if (is_equal(name, tag.name)) return tag.effect;
  return Effect::none;
}

// The value of the attribute NAME in what stands behind a tag's name; references are not resolved.
std::string_view attribute(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(" \t\n\r\f/");
    if (begin == text.npos) return {};
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(" \t\n\r\f=/", 1), text.size());
    const auto found = text.substr(0, end);
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n\r\f"), text.size()));
    std::string_view value;
    if (text.starts_with('=')) {
      text.remove_prefix(1);
      text.remove_prefix(std::min(text.find_first_not_of(" \t\n\r\f"), text.size()));
      const bool is_quoted = text.starts_with('"') || text.starts_with('\'');
      const char quote = is_quoted ? text[0] : ' ';
      if (is_quoted) text.remove_prefix(1);
      value = text.substr(0, is_quoted ? text.find(quote) : text.find_first_of(" \t\n\r\f"));
      text.remove_prefix(std::min(value.size() + is_quoted, text.size()));
    }
    if (is_equal(found, name)) return value;
  }
  return {};
}

class Reader {
 public:
  explicit Reader(std::string_view html) : rest_(html) {}

  std::string read() {
    while (!rest_.empty()) {
      const auto open = rest_.find('<');
      put_text(rest_.substr(0, open));
      rest_.remove_prefix(open == rest_.npos ? rest_.size() : open);
      if (!rest_.empty()) take_markup();
    }
    end_link();
    if (!out_.empty() && !out_.ends_with('\n')) out_ += '\n';
    return std::move(out_);
  }

 private:
  void put_text(std::string_view text);
  void take_markup();
  std::size_t tag_end();
  void apply(std::string_view name, std::string_view attributes, bool is_end);
  void hide_until_end_of(std::string_view name);
  void end_line();
  void end_paragraph();
  void end_link();

  std::string_view rest_;
  std::string out_, link_;
  std::size_t link_start_ = 0;  // in out_
  int verbatim_ = 0;
  bool has_space_ = false;        // before what comes next, if something stands before it on the line
  bool has_tag_end_ = true, heeds_quotes_ = true;
};

void Reader::put_text(std::string_view text) {
  if (text.empty()) return;
  const auto plain = resolve_references(text);
  if (verbatim_ != 0) {
    out_ += plain;
    return;
  }
  for (const char c : plain) {
    if (is_space(c)) {
      has_space_ = true;
      continue;
    }
    if (has_space_ && !out_.empty() && !out_.ends_with('\n')) out_ += ' ';
    has_space_ = false;
    out_ += c;
  }
}

void Reader::end_line() {
  has_space_ = false;
  if (!out_.empty() && !out_.ends_with('\n')) out_ += '\n';
}

void Reader::end_paragraph() {
  end_line();
  if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
}

// "text <address>", unless the text is the address, with its scheme or without.
void Reader::end_link() {
  auto text = std::string_view(out_).substr(std::min(link_start_, out_.size()));
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  auto address = std::string_view(link_);
  if (address.ends_with('/') && !text.ends_with('/')) address.remove_suffix(1);
  constexpr std::size_t longest_scheme = 8;  // "https://"
  const bool says_it = !text.empty() && address.ends_with(text) && address.size() - text.size() <= longest_scheme;
  if (!link_.empty() && !says_it) {
    if (!out_.empty() && !is_space(out_.back())) out_ += ' ';
    (((out_ += '<') += link_) += '>');
  }
  link_.clear();
}

// The position of the ">" of the tag that the rest begins with; npos if there is none. Each octet is looked at once
// with its quotes: if that leads nowhere, no tag after this one has quotes.
std::size_t Reader::tag_end() {
  if (!has_tag_end_) return rest_.npos;
  char quote = '\0';
  for (std::size_t i = 1; heeds_quotes_ && i < rest_.size(); ++i) {
    const char c = rest_[i];
    if (quote == '\0' && c == '>') return i;
    if (quote == '\0' && (c == '"' || c == '\'') && rest_[i - 1] == '=')
      quote = c;
    else if (c == quote)
      quote = '\0';
  }
  heeds_quotes_ = false;
  const auto end = rest_.find('>');
  has_tag_end_ = end != rest_.npos;
  return end;
}

void Reader::take_markup() {
  if (rest_.starts_with("<!--")) {
    const auto end = rest_.find("-->", 4);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 3);
    return;
  }
  const bool is_end = rest_.starts_with("</");
  const auto begin = is_end ? 2u : 1u;
  const bool is_tag = rest_.size() > begin && (base::is_letter(rest_[begin]) || rest_[begin] == '!' || rest_[begin] == '?');
  const auto end = is_tag ? tag_end() : rest_.npos;
  if (end == rest_.npos) {
    put_text("<");
    rest_.remove_prefix(1);
    return;
  }
  const auto inside = rest_.substr(begin, end - begin);
  rest_.remove_prefix(end + 1);
  const auto name = inside.substr(0, inside.find_first_of(" \t\n\r\f/"));
  apply(name, inside.substr(name.size()), is_end);
}

void Reader::hide_until_end_of(std::string_view name) {
  while (!rest_.empty()) {
    const auto end = rest_.find("</");
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 2);
    if (!is_equal(rest_.substr(0, name.size()), name)) continue;
    const auto close = rest_.find('>');
    rest_.remove_prefix(close == rest_.npos ? rest_.size() : close + 1);
    return;
  }
}

void Reader::apply(std::string_view name, std::string_view attributes, bool is_end) {
  base::Text<12> lower_case;
  for (const char c : name.substr(0, 12)) lower_case << base::lower(c);
  switch (effect_of(name)) {
    case Effect::none: break;
    case Effect::line_end:
      has_space_ = false;
      out_ += '\n';
      break;
    case Effect::line: end_line(); break;
    case Effect::paragraph: end_paragraph(); break;
    case Effect::item:
      end_line();
      if (!is_end) out_ += "* ";
      break;
    case Effect::cell: has_space_ = true; break;
    case Effect::rule:
      end_line();
      out_ += "--------\n";
      break;
    case Effect::link: {
      end_link();
      const auto address = is_end ? std::string_view() : attribute(attributes, "href");
      const auto scheme = address.substr(0, address.find(':'));
      if (is_equal(scheme, "http") || is_equal(scheme, "https") || is_equal(scheme, "ftp")) {
        for (const char c : resolve_references(address))
          if (!is_space(c)) link_ += c;
        link_start_ = out_.size();
      }
      break;
    }
    case Effect::image:
      if (const auto text = attribute(attributes, "alt"); !text.empty()) {
        put_text("[");
        put_text(text);
        put_text("]");
      }
      break;
    case Effect::verbatim:
      end_line();
      verbatim_ = is_end ? 0 : 1;
      break;
    case Effect::hidden:
      if (!is_end) hide_until_end_of(lower_case.view());
      break;
  }
}

}  // namespace

std::string html_to_text(std::string_view html) { return Reader(html).read(); }

}  // namespace pop3d
