// SPDX-License-Identifier: ISC
#include "base/log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/env.h"
#include "base/failure.h"
#include "base/utf8.h"

namespace base {

namespace {

bool is_plain(std::string_view value) {
  for (const char c : value)
    if (!is_graphic(c) || c == '"' || c == '\\' || c == '=') return false;
  return !value.empty();
}

constexpr std::string_view hex = "0123456789abcdef";

// What closes an object; the second where something was left out.
constexpr std::string_view json_end = "}", json_cut = ",\"cut\":true}";

// The character that TEXT begins with, which is taken from it. What is not UTF-8 is U+FFFD, and one octet.
std::uint32_t take_character(std::string_view& text) {
  if (const auto point = take_code_point(text)) return *point;
  text.remove_prefix(1);
  return 0xfffd;
}

using JsonCharacter = Text<12>;
void add_escape(JsonCharacter& text, std::uint32_t unit) {
  text << "\\u" << hex[unit >> 12] << hex[unit >> 8 & 15] << hex[unit >> 4 & 15] << hex[unit & 15];
}
// RFC 8259 s.7, in printable ASCII: a log is read on terminals too.
JsonCharacter as_json(std::uint32_t code) {
  JsonCharacter text;
  if (code == '"' || code == '\\') {
    text << '\\' << static_cast<char>(code);
  } else if (code >= 0x20 && code <= 0x7e) {
    text << static_cast<char>(code);
  } else if (code < 0x10000) {
    add_escape(text, code);
  } else {
    add_escape(text, 0xd800 + ((code - 0x10000) >> 10));
    add_escape(text, 0xdc00 + ((code - 0x10000) & 0x3ff));
  }
  return text;
}

constexpr struct {
  std::string_view name;
  LogForm form;
} forms[] = {{"", LogForm::kv}, {"kv", LogForm::kv}, {"json", LogForm::json},
             {"qpopper", LogForm::qpopper}, {"tpops", LogForm::tpops}};

std::string_view without_mapping(std::string_view address) {
  constexpr std::string_view mapped = "::ffff:";
  if (address.starts_with(mapped) && address.find('.') != address.npos)
    address.remove_prefix(mapped.size());
  return address;
}

}  // namespace

LogForm read_log_form() {
  const auto value = get_env("POP3_LOG");
  for (const auto& known : forms)
    if (known.name == value) return known.form;
  throw Failure("POP3_LOG", "not kv, json, qpopper or tpops");
}

LogForm log_form() noexcept {
  const auto value = get_env("POP3_LOG");
  for (const auto& known : forms)
    if (known.name == value) return known.form;
  return LogForm::kv;
}

LogLine::LogLine(std::string_view program, std::string_view event)
    : is_json_(log_form() == LogForm::json) {
  if (is_json_) {
    const auto colon = program.find(": ");
    line_ << "{\"program\":\"" << program.substr(colon == program.npos ? 0 : colon + 2) << '"';
    if (colon != program.npos) field("level", program.substr(0, colon));
    field("event", event);
  } else {
    line_ << program << ": event=" << event;
  }
  const auto session = get_env("POP3_SESSION");
  if (!session.empty()) field("session", session);
}

LogLine& LogLine::field(std::string_view key, std::string_view value) {
  if (is_json_) return json_field(key, value);
  line_ << ' ' << key << '=';
  const bool cut = value.size() > max_log_value;
  if (cut) value = value.substr(0, max_log_value - 3);
  if (!cut && is_plain(value)) {
    line_ << value;
    return *this;
  }
  line_ << '"';
  for (const char c : value) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet > 0x7e || c == '"' || c == '\\')
      line_ << "\\x" << hex[octet >> 4] << hex[octet & 15];
    else
      line_ << c;
  }
  line_ << (cut ? "...\"" : "\"");
  return *this;
}

LogLine& LogLine::plain_field(std::string_view key, std::string_view value) {
  if (is_json_) {
    Text<max_json_value> member;
    member << ",\"" << key << "\":" << value;
    add_json(member.view());
  } else {
    line_ << ' ' << key << '=' << value;
  }
  return *this;
}

LogLine& LogLine::json_field(std::string_view key, std::string_view value) {
  constexpr std::string_view dots = "...";
  Text<max_json_value> text;
  const bool is_long = value.size() > max_log_value;
  if (is_long) value = value.substr(0, max_log_value - dots.size());
  bool is_cut = is_long;
  while (!value.empty()) {
    const auto written = as_json(take_character(value));
    if (text.view().size() + written.view().size() + dots.size() > max_json_value) {
      is_cut = true;
      break;
    }
    text << written.view();
  }
  if (is_cut) text << dots;
  Text<max_json_value + 64> member;
  member << ",\"" << key << "\":\"" << text.view() << '"';
  add_json(member.view());
  return *this;
}

// Whole or not at all, and always with room for the end.
void LogLine::add_json(std::string_view member) {
  if (line_.view().size() + member.size() + json_cut.size() > max_log_line)
    is_cut_ = true;
  else
    line_ << member;
}

void LogLine::write() {
  Text<max_log_line + 1> whole;
  whole << line_.view();
  if (is_json_) whole << (is_cut_ ? json_cut : json_end);
  whole << '\n';
  [[maybe_unused]] const auto written = ::write(2, whole.view().data(), whole.view().size());
}

std::string_view client_address() {
  if (const auto given = get_env("TCPREMOTEIP"); !given.empty()) return without_mapping(given);
  static char text[INET6_ADDRSTRLEN];
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(0, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "-";
  const void* address = nullptr;
  if (peer.ss_family == AF_INET) address = &reinterpret_cast<sockaddr_in*>(&peer)->sin_addr;
  if (peer.ss_family == AF_INET6) address = &reinterpret_cast<sockaddr_in6*>(&peer)->sin6_addr;
  if (!address || !::inet_ntop(peer.ss_family, address, text, sizeof text)) return "-";
  return without_mapping(text);
}

}  // namespace base
