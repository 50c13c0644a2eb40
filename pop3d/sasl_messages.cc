// SPDX-License-Identifier: ISC
// What stands in the messages of the SASL mechanisms.
#include "pop3d/sasl.h"

namespace pop3d {

namespace {

// The text up to the first MARK, which is taken away with it; nothing if there is none.
std::optional<std::string_view> take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == text.npos) return {};
  const auto part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

// key=value pairs, each ended by \x01, and one more \x01: the bearer's token (RFC 6750 s.2.1).
std::optional<std::string_view> find_token(std::string_view pairs) {
  constexpr std::string_view key = "auth=", kind = "bearer ";
  std::optional<std::string_view> token;
  while (!pairs.empty() && pairs[0] != '\1') {
    auto pair = take_until(pairs, '\1');
    if (!pair) return {};
    if (!pair->starts_with(key)) continue;
    pair->remove_prefix(key.size());
    if (token || pair->size() <= kind.size()) return {};
    for (std::size_t i = 0; i < kind.size(); ++i)
      if (base::lower((*pair)[i]) != kind[i]) return {};
    token = pair->substr(kind.size());
  }
  if (pairs != "\1") return {};
  return token;
}

}  // namespace

std::optional<NameAndSecret> parse_plain(std::string_view message) {
  const auto authzid = take_until(message, '\0');
  if (!authzid) return {};
  const auto name = take_until(message, '\0');
  // A NUL in the password would be the end of a field on the verifier's descriptor 3.
  if (!name || name->empty() || message.empty() || message.find('\0') != message.npos) return {};
  if (!authzid->empty() && *authzid != *name) return {};
  return NameAndSecret{*name, message};
}

std::optional<NameAndSecret> parse_cram_md5(std::string_view message) {
  const auto blank = message.rfind(' ');
  if (blank == message.npos || blank == 0) return {};
  return NameAndSecret{message.substr(0, blank), message.substr(blank + 1)};
}

std::optional<NameAndSecret> parse_oauthbearer(std::string_view message) {
  const auto binding = take_until(message, ',');
  if (!binding || (*binding != "n" && *binding != "y")) return {};
  auto name = take_until(message, ',');
  if (!name || !name->starts_with("a=")) return {};  // without, we would not know whose mail
  name->remove_prefix(2);
  if (message.empty() || message[0] != '\1') return {};
  const auto token = find_token(message.substr(1));
  if (!token || name->empty()) return {};
  return NameAndSecret{*name, *token};
}

std::optional<NameAndSecret> parse_xoauth2(std::string_view message) {
  constexpr std::string_view key = "user=";
  auto name = take_until(message, '\1');
  if (!name || !name->starts_with(key)) return {};
  name->remove_prefix(key.size());
  const auto token = find_token(message);
  if (!token || name->empty()) return {};
  return NameAndSecret{*name, *token};
}

std::optional<std::string_view> find_scram_name(std::string_view message) {
  if (!take_until(message, ',') || !take_until(message, ',')) return {};  // the GS2 header
  const auto name = take_until(message, ',');
  if (!name || !name->starts_with("n=")) return {};  // "m=": an extension that nobody knows
  return name->substr(2);
}

std::optional<base::Text<max_login>> unescape_name(std::string_view name) {
  base::Text<max_login> plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '=') {
      plain << name[i];
      continue;
    }
    const auto code = name.substr(i + 1, 2);
    if (code == "2C")
      plain << ',';
    else if (code == "3D")
      plain << '=';
    else
      return {};
    i += 2;
  }
  if (plain.overflowed()) return {};
  return plain;
}

}  // namespace pop3d
