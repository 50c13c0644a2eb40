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

}  // namespace

bool check_request(const LoginRequest& request, Credentials& credentials) {
  if (request.method != Method::pass && request.method != Method::apop) return false;
  if (!is_ended(request.login) || !is_ended(request.secret)) return false;
  credentials = {request.method, request.login, request.secret};
  return !credentials.login.empty() && !credentials.secret.empty() &&
         std::all_of(credentials.login.begin(), credentials.login.end(), base::is_graphic);
}

}  // namespace pop3d
