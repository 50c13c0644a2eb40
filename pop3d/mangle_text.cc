// SPDX-License-Identifier: ISC
#include "pop3d/mangle_text.h"

#include <algorithm>

#include "base/text.h"

namespace pop3d {

namespace {

bool is_equal(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return base::lower(a) == b; });
}

// Takes "<name>" off TEXT and gives its name; empty, and "<" alone is taken, if it is none. Names have 60 octets at most.
std::string_view take_command(std::string_view& text) {
  const auto end = text.substr(0, 64).find('>');
  const auto name = end == text.npos ? std::string_view() : text.substr(1, end - 1);
  text.remove_prefix(end == text.npos ? 1 : end + 1);
  return name;
}

std::size_t quote_depth(std::string_view line) { return std::min(line.find_first_not_of('>'), line.size()); }

}  // namespace

// RFC 1896 s.3: "<<" is "<"; of several line ends one less counts, and a single one is a blank; parameters are not text.
std::string enriched_to_plain(std::string_view text) {
  std::string plain;
  bool is_parameter = false;
  while (!text.empty()) {
    const auto size = std::min(text.find_first_of("<\n"), text.size());
    if (!is_parameter) plain += text.substr(0, size);
    text.remove_prefix(size);
    if (text.starts_with("<<")) {
      if (!is_parameter) plain += '<';
      text.remove_prefix(2);
    } else if (text.starts_with('<')) {
      const auto name = take_command(text);
      if (is_equal(name, "param")) is_parameter = true;
      if (is_equal(name, "/param")) is_parameter = false;
    } else if (!text.empty()) {
      const auto ends = std::min(text.find_first_not_of('\n'), text.size());
      if (!is_parameter) plain += ends == 1 ? std::string(" ") : std::string(ends - 1, '\n');
      text.remove_prefix(ends);
    }
  }
  return plain;
}

std::string richtext_to_plain(std::string_view text) {
  std::string plain;
  bool is_comment = false;
  while (!text.empty()) {
    const auto size = std::min(text.find_first_of("<\n"), text.size());
    if (!is_comment) plain += text.substr(0, size);
    text.remove_prefix(size);
    if (text.starts_with('<')) {
      const auto name = take_command(text);
      if (is_equal(name, "comment")) is_comment = true;
      if (!is_comment && is_equal(name, "lt")) plain += '<';
      if (is_equal(name, "nl") || is_equal(name, "/paragraph")) plain += '\n';
      if (is_equal(name, "/comment")) is_comment = false;
    } else if (!text.empty()) {
      if (!is_comment) plain += ' ';
      text.remove_prefix(1);
    }
  }
  return plain;
}

std::string escape_html(std::string_view text) {
  std::string html;
  for (const char c : text) switch (c) {
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '&': html += "&amp;"; break;
      case '"': html += "&quot;"; break;
      default: html += c;
    }
  return html;
}

// RFC 3676 s.4.2, 4.4: quoting and one stuffed blank go off before a line is joined; "-- " is a signature's beginning.
std::string plain_to_html(std::string_view text, bool is_flowed) {
  std::string html("<html><body>\n");
  bool is_joined = false;
  std::size_t depth_before = 0;
  while (!text.empty()) {
    const auto lf = text.find('\n');
    auto line = text.substr(0, lf);
    text.remove_prefix(lf == text.npos ? text.size() : lf + 1);
    if (!is_flowed) {
      (html += escape_html(line)) += "<br>\n";
      continue;
    }
    const auto depth = quote_depth(line);
    line.remove_prefix(depth);
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (is_joined && depth != depth_before) is_joined = false, html += "<br>\n";
    if (!is_joined && depth != 0) (html += escape_html(std::string(depth, '>'))) += ' ';
    html += escape_html(line);
    is_joined = line.ends_with(' ') && line != "-- ";
    if (!is_joined) html += "<br>\n";
    depth_before = depth;
  }
  if (is_joined) html += "<br>\n";
  return html += "</body></html>\n";
}

}  // namespace pop3d
