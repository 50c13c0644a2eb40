// SPDX-License-Identifier: ISC
#include "apoppasswd/transfer.h"

#include <vector>

#include "base/secret.h"
#include "base/text.h"
#include "checkpw/prepare.h"
#include "checkpw/schemes.h"

namespace apoppasswd {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

int hex_digit(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto at = digits.find(base::lower(c));
  return at == digits.npos ? -1 : static_cast<int>(at);
}

std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return {};
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

std::string escape(std::string_view plain) {
  std::string text;
  for (const char c : plain) {
    if (c == ':') text += "%3A";
    else if (c == ';') text += "%3B";
    else if (c == '%') text += "%25";
    else text += c;
  }
  return text;
}

// A password as it was typed somewhere, to be stored.
std::optional<std::string> take_password(std::string_view text, Line& line) {
  auto prepared = checkpw::prepare(text);
  if (!prepared) return "the secret is not UTF-8, or holds what SASLprep (RFC 4013) forbids";
  line.password = std::move(*prepared);
  return checkpw::check_password("", line.password);
}

std::optional<std::string> parse_secret(std::string_view text, Line& line) {
  const auto brace = text.starts_with('{') ? text.find('}') : text.npos;
  if (brace == text.npos) {
    return take_password(text, line);
  }
  if (checkpw::scheme_of(text).empty())
    return "unknown scheme " + std::string(text.substr(0, brace + 1)) +
           "; a password that begins so is written {PLAIN}...";
  const auto value = unescape(text.substr(brace + 1));
  if (!value) return "% without two hexadecimal digits behind it";
  if (text.starts_with("{PLAIN}")) {
    line.is_plain = true;
    return take_password(*value, line);
  }
  if (text.starts_with("{SEALED}")) return "a sealed secret opens nowhere else: write the password";
  line.account.secrets.push_back(std::string(text.substr(0, brace + 1)) + *value);
  return checkpw::check_stored(line.account.secrets[0].stored);
}

bool parse_groups(std::string_view text, std::vector<gid_t>& groups) {
  for (const auto part : split(text, ',')) {
    const auto group = base::parse_number<gid_t>(part);
    if (!group) return false;
    groups.push_back(*group);
  }
  return true;
}

bool parse_setting(std::string_view text, checkpw::Account& account) {
  const auto equals = text.find('=');
  if (equals == text.npos) return false;
  const auto value = unescape(text.substr(equals + 1));
  if (value) account.settings.push_back({std::string(text.substr(0, equals)), *value});
  return value.has_value();
}

bool parse_options(std::string_view text, Line& line) {
  if (text.empty()) return true;
  auto& account = line.account;
  constexpr std::string_view groups = "groups=", shell = "shell=", name = "name=", set = "set=";
  for (const auto part : split(text, ';')) {
    if (part == "system")
      account.is_system = true;
    else if (part.starts_with(shell))
      account.shell = part.substr(shell.size());
    else if (part.starts_with(name) && part.size() > name.size())
      line.secret_name = part.substr(name.size());
    else if (part.starts_with(set) ? !parse_setting(part.substr(set.size()), account)
                                   : !part.starts_with(groups) || !parse_groups(part.substr(groups.size()), account.groups))
      return false;
  }
  return true;
}

std::string format_options(const checkpw::Account& account, const std::string& secret_name) {
  std::string options;
  const auto add = [&](const std::string& part) { options += (options.empty() ? "" : ";") + part; };
  std::string groups;
  for (const auto group : account.groups)
    groups += (groups.empty() ? "groups=" : ",") + std::to_string(group);
  if (!groups.empty()) add(groups);
  if (!account.shell.empty()) add("shell=" + account.shell);
  if (account.is_system) add("system");
  for (const auto& setting : account.settings) add("set=" + setting.name + '=' + escape(setting.value));
  if (!secret_name.empty()) add("name=" + secret_name);
  return options;
}

}  // namespace

Line::~Line() { base::wipe(password.data(), password.size()); }

std::variant<Line, std::string> parse_line(std::string_view text) {
  const auto fields = split(text, ':');
  if (fields.size() < 5 || fields.size() > 7)
    return "not login:secret:uid:gid:home[:maildir[:options]]; "
           "write a secret with a colon as {PLAIN}... with %3A";
  Line line;
  line.login = checkpw::prepare(fields[0]).value_or(std::string(fields[0]));
  if (auto wrong = checkpw::check_login_name(line.login)) return *wrong;
  if (auto wrong = parse_secret(fields[1], line)) return *wrong;
  const auto uid = base::parse_number<uid_t>(fields[2]);
  const auto gid = base::parse_number<gid_t>(fields[3]);
  if (!uid || *uid == 0) return "uid is not a number above 0";
  if (!gid || *gid == 0) return "gid is not a number above 0";
  line.account.uid = *uid;
  line.account.gid = *gid;
  line.account.home = fields[4];
  if (fields.size() > 5) line.account.maildir = fields[5];
  if (fields.size() > 6 && !parse_options(fields[6], line))
    return "options are not groups=N,N;shell=PATH;system;name=NAME;set=NAME=VALUE";
  for (auto& secret : line.account.secrets) secret.name = line.secret_name;
  auto complete = line.account;
  if (!line.password.empty()) complete.secrets = {{"{PLAIN}" + line.password, line.secret_name}};
  if (auto wrong = checkpw::check_account(complete)) return *wrong;
  return line;
}

std::string format_lines(std::string_view login, const checkpw::Account& account) {
  std::string lines;
  for (const auto& secret : account.secrets) {
    const auto brace = secret.stored.find('}') + 1;
    lines.append(login).append(":").append(secret.stored, 0, brace).append(escape(secret.stored.substr(brace)));
    lines += ':' + std::to_string(account.uid) + ':' + std::to_string(account.gid) + ':' +
             account.home + ':' + account.maildir;
    if (const auto options = format_options(account, secret.name); !options.empty()) lines += ':' + options;
    lines += '\n';
  }
  return lines;
}

}  // namespace apoppasswd
