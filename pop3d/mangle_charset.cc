// SPDX-License-Identifier: ISC
#include "pop3d/mangle_charset.h"

#include <glib.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>

namespace pop3d {

namespace {

// Names in mail, and those of iconv(3). Supersets stand for what is commonly meant.
constexpr std::string_view charsets[][2] = {
    {"utf-8", "UTF-8"}, {"utf8", "UTF-8"}, {"utf-7", "UTF-7"}, {"utf-16", "UTF-16"}, {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"}, {"iso-8859-1", "CP1252"}, {"latin1", "CP1252"}, {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"}, {"iso-8859-4", "ISO-8859-4"}, {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"}, {"iso-8859-7", "ISO-8859-7"}, {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"}, {"iso-8859-9", "CP1254"}, {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-11", "CP874"}, {"iso-8859-13", "ISO-8859-13"}, {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"}, {"iso-8859-16", "ISO-8859-16"}, {"windows-874", "CP874"}, {"tis-620", "CP874"},
    {"windows-1250", "CP1250"}, {"windows-1251", "CP1251"}, {"windows-1252", "CP1252"}, {"windows-1253", "CP1253"},
    {"windows-1254", "CP1254"}, {"windows-1255", "CP1255"}, {"windows-1256", "CP1256"}, {"windows-1257", "CP1257"},
    {"windows-1258", "CP1258"}, {"cp1250", "CP1250"}, {"cp1251", "CP1251"}, {"cp1252", "CP1252"}, {"cp850", "CP850"},
    {"cp866", "CP866"}, {"koi8-r", "KOI8-R"}, {"koi8-u", "KOI8-U"}, {"macintosh", "MACINTOSH"},
    {"iso-2022-jp", "ISO-2022-JP"}, {"iso-2022-jp-2", "ISO-2022-JP-2"}, {"shift_jis", "CP932"}, {"shift-jis", "CP932"},
    {"x-sjis", "CP932"}, {"cp932", "CP932"}, {"windows-31j", "CP932"}, {"euc-jp", "EUC-JP"}, {"gb2312", "GBK"},
    {"gbk", "GBK"}, {"x-gbk", "GBK"}, {"gb18030", "GB18030"}, {"big5", "BIG5"}, {"big5-hkscs", "BIG5-HKSCS"},
    {"euc-kr", "CP949"}, {"ks_c_5601-1987", "CP949"}, {"cp949", "CP949"}, {"iso-2022-kr", "ISO-2022-KR"},
};

// The similar of what has no decomposition.
constexpr struct {
  gunichar character;
  const char* similar;
} similars[] = {
    {0xa0, " "}, {0xa9, "(c)"}, {0xab, "<<"}, {0xad, ""}, {0xae, "(r)"}, {0xb7, "*"}, {0xbb, ">>"}, {0xc6, "AE"},
    {0xd7, "x"}, {0xd8, "O"}, {0xdf, "ss"}, {0xe6, "ae"}, {0xf7, "/"}, {0xf8, "o"}, {0x131, "i"}, {0x141, "L"},
    {0x142, "l"}, {0x152, "OE"}, {0x153, "oe"}, {0x200b, ""}, {0x200c, ""}, {0x200d, ""}, {0x2010, "-"}, {0x2011, "-"},
    {0x2012, "-"}, {0x2013, "-"}, {0x2014, "--"}, {0x2015, "--"}, {0x2018, "'"}, {0x2019, "'"}, {0x201a, ","},
    {0x201c, "\""}, {0x201d, "\""}, {0x201e, "\""}, {0x2022, "*"}, {0x2026, "..."}, {0x2039, "<"}, {0x203a, ">"},
    {0x20ac, "EUR"}, {0x2190, "<-"}, {0x2192, "->"}, {0x2212, "-"}, {0xfeff, ""},
};

// Owns a conversion descriptor of iconv(3).
class Converter {
 public:
  Converter(const char* to, const char* from) : iconv_(::iconv_open(to, from)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (*this) ::iconv_close(iconv_);
  }
  explicit operator bool() const { return iconv_ != reinterpret_cast<iconv_t>(-1); }

  // Appends what IN gives; on return IN is what could not be converted, from the bad octet on.
  void convert(std::string_view& in, std::string& out) { run(&in, out); }
  void finish(std::string& out) { run(nullptr, out); }  // back to the first state, where there are states

 private:
  void run(std::string_view* in, std::string& out) {
    char room[4096];
    char* from = in ? const_cast<char*>(in->data()) : nullptr;
    std::size_t left = in ? in->size() : 0;
    for (;;) {
      char* to = room;
      std::size_t space = sizeof room;
      const auto result = ::iconv(iconv_, in ? &from : nullptr, in ? &left : nullptr, &to, &space);
      const bool is_full = result == static_cast<std::size_t>(-1) && errno == E2BIG;
      out.append(room, sizeof room - space);
      if (!is_full || space == sizeof room) break;
    }
    if (in) *in = in->substr(in->size() - left);
  }

  iconv_t iconv_;
};

bool is_ascii_octet(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_ascii(std::string_view text) { return std::all_of(text.begin(), text.end(), is_ascii_octet); }

bool is_utf8(std::string_view text) {
  return ::g_utf8_validate_len(text.data(), text.size(), nullptr) != FALSE;
}

std::string_view find_charset(std::string_view charset) {
  for (const auto& [name, iconv_name] : charsets)
    if (std::equal(charset.begin(), charset.end(), name.begin(), name.end(),
                   [](char a, char b) { return base::lower(a) == b; }))
      return iconv_name;
  return {};
}

bool says_ascii(std::string_view charset) {
  for (const std::string_view name : {"", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown", "default"})
    if (std::equal(charset.begin(), charset.end(), name.begin(), name.end(),
                   [](char a, char b) { return base::lower(a) == b; }))
      return true;
  return false;
}

std::string with_iconv(std::string_view octets, const char* from) {
  std::string text;
  Converter converter("UTF-8", from);
  if (!converter) return text;
  while (!octets.empty()) {
    converter.convert(octets, text);
    if (octets.empty()) break;
    text += '?';
    octets.remove_prefix(1);
  }
  converter.finish(text);
  return text;
}

std::string ascii_only(std::string_view octets) {
  std::string text(octets);
  for (auto& c : text)
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  return text;
}

// In place. CRLF and CR become LF; U+0080 to U+009F are two octets, 0xC2 first.
void remove_controls(std::string& text) {
  std::size_t to = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\r') {
      if (i + 1 == text.size() || text[i + 1] != '\n') text[to++] = '\n';
    } else if (c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
      ++i;
    } else if ((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t') {
      text[to++] = static_cast<char>(c);
    }
  }
  text.resize(to);
}

std::string similar_to(gunichar character) {
  for (const auto& known : similars)
    if (known.character == character) return known.similar;
  char utf8[8];
  const auto size = ::g_unichar_to_utf8(character, utf8);
  gchar* const decomposed = ::g_utf8_normalize(utf8, size, G_NORMALIZE_ALL);
  std::string similar;
  for (const gchar* at = decomposed; at && *at; at = g_utf8_next_char(at)) {
    const auto part = ::g_utf8_get_char(at);
    if (part < 0x80)
      similar += static_cast<char>(part);
    else if (!::g_unichar_ismark(part))
      similar += '?';
  }
  ::g_free(decomposed);
  return similar.empty() ? "?" : similar;
}

std::string replacement(gunichar character, Missing missing) {
  return missing == Missing::reference ? "&#" + std::to_string(character) + ';' : similar_to(character);
}

}  // namespace

DecodedText decode_text(std::string_view octets, std::string_view charset) {
  DecodedText decoded{{}, true};
  const auto name = find_charset(charset);
  if (!name.empty()) {
    decoded.text = with_iconv(octets, name.data());
  } else if (says_ascii(charset)) {
    decoded.text = is_ascii(octets) || is_utf8(octets) ? std::string(octets) : with_iconv(octets, "CP1252");
  } else {
    decoded = {ascii_only(octets), false};
  }
  // What iconv calls UTF-8 and what others do is not quite the same.
  if (!is_ascii(decoded.text)) {
    gchar* const valid = ::g_utf8_make_valid(decoded.text.data(), static_cast<gssize>(decoded.text.size()));
    decoded.text = valid;
    ::g_free(valid);
  }
  remove_controls(decoded.text);
  return decoded;
}

std::string encode_text(std::string_view utf8, MangleCharset charset, Missing missing) {
  if (charset == MangleCharset::utf_8 || is_ascii(utf8)) return std::string(utf8);
  std::string out;
  Converter converter(name_of(charset).c_str(), "UTF-8");
  if (!converter) return ascii_only(utf8);
  // Characters one by one: where one is missing, iconv(3) has converted thousands behind it in vain.
  while (!utf8.empty()) {
    const auto run = static_cast<std::size_t>(std::find_if_not(utf8.begin(), utf8.end(), is_ascii_octet) - utf8.begin());
    auto ascii = utf8.substr(0, run);
    converter.convert(ascii, out);
    utf8.remove_prefix(run);
    if (utf8.empty()) break;
    const auto size = std::min(static_cast<std::size_t>(g_utf8_next_char(utf8.data()) - utf8.data()), utf8.size());
    auto one = utf8.substr(0, size);
    if (charset != MangleCharset::us_ascii) converter.convert(one, out);
    if (!one.empty()) {
      const auto other = replacement(::g_utf8_get_char(utf8.data()), missing);
      ascii = other;
      converter.convert(ascii, out);
    }
    utf8.remove_prefix(size);
  }
  converter.finish(out);
  return out;
}

}  // namespace pop3d
