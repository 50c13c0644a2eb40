// SPDX-License-Identifier: ISC
#include "pop3d/mangle_message.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <string_view>

#include "pop3d/html_text.h"
#include "pop3d/mangle_charset.h"
#include "pop3d/mangle_parse.h"
#include "pop3d/mangle_text.h"

namespace pop3d {

namespace {

constexpr unsigned most_levels = 20, most_parts = 100;
constexpr std::size_t most_text = 8u << 20;     // octets of one part, decoded
constexpr std::size_t most_output = 24u << 20;  // of all
constexpr std::size_t longest_file_name = 30, longest_type = 20;  // Qpopper's

constexpr std::string_view too_complex = "[message too complex; the rest is left out]";

std::string_view text_of(const char* text) { return text ? std::string_view(text) : std::string_view(); }

bool is_type(GMimeObject* object, const char* type, const char* subtype) {
  return ::g_mime_content_type_is_type(::g_mime_object_get_content_type(object), type, subtype) != FALSE;
}

bool is_word(const char* text, const char* word) { return text && ::g_ascii_strcasecmp(text, word) == 0; }

bool is_attachment(GMimeObject* object) { return is_word(::g_mime_object_get_disposition(object), "attachment"); }

// One line of graphic ASCII, at most LONGEST characters.
std::string short_name(std::string_view text, std::size_t longest) {
  const auto ascii = encode_text(decode_text(text.substr(0, 4 * longest), "utf-8").text, MangleCharset::us_ascii, Missing::similar);
  std::string name;
  for (const char c : ascii)
    if (name.size() < longest && (base::is_graphic(c) || c == ' ')) name += c;
  return name;
}

class Reducer {
 public:
  explicit Reducer(const MangleWish& wish) : wish_(wish) {}

  void add_header(GMimeObject* object);
  void add_generated_header();
  void add_object(GMimeObject* object, unsigned level, bool in_report);
  void add_note(std::string_view note);
  void end_header() { out_ += '\n'; }
  std::string take() { return std::move(out_); }

 private:
  bool is_kept(std::string_view name) const;
  void add_field(std::string_view name, std::string_view value);
  void add_multipart(GMimeMultipart* multipart, unsigned level);
  void add_alternative(GMimeMultipart* multipart, unsigned level);
  void add_included(GMimeMessagePart* part, unsigned level, bool in_report);
  void add_text(GMimePart* part);
  void add_omitted(GMimeObject* object);
  void add_encoded(std::string_view utf8);
  bool leads_to_wish(GMimeObject* object, unsigned level) const;
  const char* wished_subtype() const { return wish_.text == MangleText::html ? "html" : "plain"; }

  const MangleWish& wish_;
  std::string out_;
  unsigned parts_ = 0;
  bool is_over_ = false;  // no more is added
};

bool Reducer::is_kept(std::string_view name) const {
  std::string_view names(wish_.headers);
  for (;;) {
    const auto comma = names.find(',');
    const auto wanted = names.substr(0, comma);
    if (std::equal(name.begin(), name.end(), wanted.begin(), wanted.end(),
                   [](char a, char b) { return base::lower(a) == b; }))
      return true;
    if (comma == names.npos) return false;
    names.remove_prefix(comma + 1);
  }
}

// RFC 5322 s.2.2.3: a line that continues a field begins with a blank, and is not blank.
void Reducer::add_field(std::string_view name, std::string_view value) {
  const auto text = encode_text(decode_text(value, "").text, MangleCharset::us_ascii, Missing::similar);
  (out_ += name) += ':';
  bool is_first = true;
  for (std::string_view rest(text); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!is_first && line.find_first_not_of(" \t") == line.npos) continue;
    if (!is_first && line[0] != ' ' && line[0] != '\t') out_ += ' ';
    (out_ += line) += '\n';
    is_first = false;
  }
  if (is_first) out_ += '\n';
}

// Those that are about the body are ours to say.
void Reducer::add_header(GMimeObject* object) {
  GMimeHeaderList* const list = ::g_mime_object_get_header_list(object);
  const int count = ::g_mime_header_list_get_count(list);
  for (int i = 0; i < count && out_.size() < most_output; ++i) {
    GMimeHeader* const header = ::g_mime_header_list_get_header_at(list, i);
    const auto name = text_of(::g_mime_header_get_name(header));
    const bool is_ours = ::g_ascii_strncasecmp(name.data(), "content-", 8) == 0 ||
                         is_word(name.data(), "mime-version");
    if (!is_ours && is_kept(name)) add_field(name, text_of(::g_mime_header_get_raw_value(header)));
  }
}

void Reducer::add_generated_header() {
  std::string charset(name_of(wish_.charset).view());
  for (auto& c : charset) c = base::lower(c);
  const bool is_7bit = wish_.charset == MangleCharset::us_ascii || wish_.charset == MangleCharset::iso_2022_jp;
  ((((out_ += "Mime-Version: 1.0\nContent-Type: text/") += wished_subtype()) += "; charset=\"") += charset) +=
      is_7bit ? "\"\nContent-Transfer-Encoding: 7bit\n" : "\"\nContent-Transfer-Encoding: 8bit\n";
}

void Reducer::add_encoded(std::string_view utf8) {
  if (is_over_) return;
  const auto text = encode_text(utf8, wish_.charset, wish_.text == MangleText::html ? Missing::reference : Missing::similar);
  if (text.size() > most_output - std::min(out_.size(), most_output)) {
    is_over_ = true;
    out_ += "[message too long; the rest is left out]\n";
    return;
  }
  out_ += text;
  if (!text.empty() && !text.ends_with('\n')) out_ += '\n';
}

void Reducer::add_note(std::string_view note) {
  std::string line(wish_.text == MangleText::html ? escape_html(note) + "<br>" : std::string(note));
  add_encoded(line += '\n');
}

// The text type that is wanted, itself or somewhere first in what is put together.
bool Reducer::leads_to_wish(GMimeObject* object, unsigned level) const {
  if (!GMIME_IS_MULTIPART(object)) return is_type(object, "text", wished_subtype()) && !is_attachment(object);
  if (level > most_levels) return false;
  auto* const multipart = GMIME_MULTIPART(object);
  const int count = std::min(::g_mime_multipart_get_count(multipart), static_cast<int>(most_parts));
  const bool is_alternative = is_type(object, "multipart", "alternative");
  for (int i = 0; i < count; ++i) {
    if (leads_to_wish(::g_mime_multipart_get_part(multipart, i), level + 1)) return true;
    if (!is_alternative) break;
  }
  return false;
}

// RFC 2046 s.5.1.4 has the best last; for us it is what the client asks for.
void Reducer::add_alternative(GMimeMultipart* multipart, unsigned level) {
  const int count = std::min(::g_mime_multipart_get_count(multipart), static_cast<int>(most_parts));
  GMimeObject* chosen = ::g_mime_multipart_get_part(multipart, 0);
  for (int i = 0; i < count; ++i) {
    GMimeObject* const part = ::g_mime_multipart_get_part(multipart, i);
    if (!leads_to_wish(part, level)) continue;
    chosen = part;
    break;
  }
  add_object(chosen, level + 1, false);
}

void Reducer::add_multipart(GMimeMultipart* multipart, unsigned level) {
  const int count = ::g_mime_multipart_get_count(multipart);
  if (count == 0) {
    add_note("[invalid MIME formatting; no part of the message was found]");
    add_encoded(decode_text(text_of(::g_mime_multipart_get_prologue(multipart)).substr(0, most_text), "").text);
    return;
  }
  if (is_type(GMIME_OBJECT(multipart), "multipart", "alternative")) return add_alternative(multipart, level);
  const bool is_report = is_type(GMIME_OBJECT(multipart), "multipart", "report");
  for (int i = 0; i < count && !is_over_; ++i) {
    if (i != 0) out_ += '\n';
    add_object(::g_mime_multipart_get_part(multipart, i), level + 1, is_report);
  }
}

void Reducer::add_included(GMimeMessagePart* part, unsigned level, bool in_report) {
  GMimeMessage* const message = ::g_mime_message_part_get_message(part);
  add_note(in_report ? "[Header of message follows:]" : "[Included message follows:]");
  if (!message) return;
  Reducer header(wish_);
  header.add_header(GMIME_OBJECT(message));
  const auto fields = header.take();
  add_encoded(wish_.text == MangleText::html ? plain_to_html(fields, false) : fields);
  if (in_report) return;
  out_ += '\n';
  if (GMimeObject* const body = ::g_mime_message_get_mime_part(message)) add_object(body, level + 1, false);
}

// Types that nobody can read are left out; those that nobody would miss are not even named.
void Reducer::add_omitted(GMimeObject* object) {
  if (is_type(object, "message", "external-body") || is_type(object, "application", "vnd.ms-tnef") ||
      is_type(object, "application", "ms-tnef"))
    return;
  if (GMIME_IS_PART(object)) {
    const auto name = short_name(text_of(::g_mime_part_get_filename(GMIME_PART(object))), longest_file_name);
    if (!name.empty()) add_note('[' + name + ']');
  }
  gchar* const type = ::g_mime_content_type_get_mime_type(::g_mime_object_get_content_type(object));
  add_note("[ " + short_name(text_of(type), longest_type) + (is_attachment(object) ? " attachment omitted]" : " part omitted]"));
  ::g_free(type);
}

void Reducer::add_text(GMimePart* part) {
  auto* const object = GMIME_OBJECT(part);
  bool is_cut = false;
  const auto octets = content_of(part, most_text, is_cut);
  auto [text, is_known] = decode_text(octets, text_of(::g_mime_object_get_content_type_parameter(object, "charset")));
  if (!is_known) add_note("[Unhandled charset; may display incorrectly]");
  const bool is_html = is_type(object, "text", "html");
  if (is_type(object, "text", "enriched")) text = enriched_to_plain(text);
  if (is_type(object, "text", "richtext")) text = richtext_to_plain(text);
  const bool wants_html = wish_.text == MangleText::html;
  if (is_html && !wants_html) text = html_to_text(text);
  if (!is_html && wants_html) {
    text = plain_to_html(text, is_word(::g_mime_object_get_content_type_parameter(object, "format"), "flowed"));
  }
  add_encoded(text);
  if (is_cut) add_note("[text too long; cut here]");
}

void Reducer::add_object(GMimeObject* object, unsigned level, bool in_report) {
  if (is_over_) return;
  if (!object || level > most_levels || ++parts_ > most_parts) {
    add_note(too_complex);
    is_over_ = true;
    return;
  }
  if (GMIME_IS_MULTIPART(object)) return add_multipart(GMIME_MULTIPART(object), level);
  if (GMIME_IS_MESSAGE_PART(object) && !is_type(object, "message", "delivery-status") &&
      !is_type(object, "message", "external-body"))
    return add_included(GMIME_MESSAGE_PART(object), level, in_report);
  const bool is_text = is_type(object, "text", "plain") || is_type(object, "text", "html") ||
                       is_type(object, "text", "enriched") || is_type(object, "text", "richtext") ||
                       (in_report && (is_type(object, "text", "*") || is_type(object, "message", "delivery-status")));
  if (!GMIME_IS_PART(object) || !is_text || is_attachment(object)) return add_omitted(object);
  if (in_report && is_type(object, "text", "rfc822-headers")) add_note("[Header of message follows:]");
  add_text(GMIME_PART(object));
}

}  // namespace

void begin_mangling() { ::g_mime_init(); }

std::string mangle_message(GMimeStream* stream, const MangleWish& wish) {
  Reducer reducer(wish);
  const bool is_refused = is_too_complex(stream);
  const auto message = is_refused ? parse_header(stream) : parse(stream);
  if (message) reducer.add_header(GMIME_OBJECT(message.get()));
  if (wish.has_body) reducer.add_generated_header();
  reducer.end_header();
  if (!wish.has_body) return reducer.take();
  if (is_refused)
    reducer.add_note(too_complex);
  else if (!message)
    reducer.add_note("[invalid MIME formatting; this is no message]");
  else if (GMimeObject* const body = ::g_mime_message_get_mime_part(message.get()))
    reducer.add_object(body, 0, false);
  return reducer.take();
}

}  // namespace pop3d
