// SPDX-License-Identifier: ISC
#include "pop3d/login_messages.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/text.h"

namespace pop3d {

namespace {

bool is_ended(std::span<const char> text) {
  return std::memchr(text.data(), '\0', text.size()) != nullptr;
}

bool is_login_octet(char c) { return base::is_graphic(c) || static_cast<unsigned char>(c) >= 0x80; }

bool is_message(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_graphic(c) || c == ' ' || static_cast<unsigned char>(c) >= 0x80;
  });
}

bool is_simple(Method method) {
  switch (method) {
    case Method::user:
    case Method::apop:
    case Method::plain:
    case Method::login:
    case Method::cram_md5:
    case Method::external: return true;
    default: return false;
  }
}

}  // namespace

bool is_login(std::string_view login) {
  return !login.empty() && std::all_of(login.begin(), login.end(), is_login_octet);
}

bool check_request(const LoginRequest& request, Credentials& credentials) {
  if (request.kind != Kind::login || !is_simple(request.method)) return false;
  if (!is_ended(request.login) || !is_ended(request.secret)) return false;
  credentials = {request.method, request.login, request.secret};
  if (request.method == Method::external)
    return credentials.secret.empty() && (credentials.login.empty() || is_login(credentials.login));
  return is_login(credentials.login) && !credentials.secret.empty();
}

bool check_request(const ScramRequest& request, ScramCredentials& credentials) {
  if (request.kind != Kind::scram) return false;
  if (request.method != Method::scram && request.method != Method::scram_plus) return false;
  if (!is_ended(request.login) || !is_ended(request.first) || !is_ended(request.final)) return false;
  credentials = {request.method, request.login, request.first, request.final};
  return is_login(credentials.login) && !credentials.first.empty() && is_message(credentials.first) &&
         is_message(credentials.final);
}

bool check_request(const TokenRequest& request, Credentials& credentials) {
  if (request.kind != Kind::token) return false;
  if (request.method != Method::oauthbearer && request.method != Method::xoauth2) return false;
  if (!is_ended(request.login) || !is_ended(request.token)) return false;
  credentials = {request.method, request.login, request.token};
  return is_login(credentials.login) && !credentials.secret.empty() &&
         std::all_of(credentials.secret.begin(), credentials.secret.end(), base::is_graphic);
}

bool check_notice(const ModeNotice& notice, Mode& mode) {
  mode = {notice.language, notice.is_utf8 == 1};
  return notice.kind == Kind::mode && static_cast<std::size_t>(notice.language) < languages && notice.is_utf8 <= 1;
}

bool check_notice(const ProbeNotice& notice) {
  return notice.kind == Kind::probe && is_ended(notice.login) && is_login(notice.login);
}

}  // namespace pop3d
