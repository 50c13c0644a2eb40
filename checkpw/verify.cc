// SPDX-License-Identifier: ISC
#include "checkpw/verify.h"

#include "checkpw/schemes.h"

namespace checkpw {

namespace {

bool proves(const std::string& secret, const Login& login, Method method) {
  switch (method) {
    case Method::password: return verify_password(secret, login.response);
    case Method::apop: return verify_apop(secret, login.response, login.timestamp);
    case Method::unknown: break;
  }
  // A popup of the old kind: 32 hexadecimal digits may be a digest or a password.
  return (looks_like_digest(login.response) &&
          verify_apop(secret, login.response, login.timestamp)) ||
         verify_password(secret, login.response);
}

}  // namespace

std::optional<Account> verify(UsersDb& users, const Login& login, Method method) {
  auto account = users.find(login.name);
  if (!account) {
    (void)proves(users.header().dummy, login, method);
    return {};
  }
  for (const auto& secret : account->secrets)
    if (proves(secret, login, method)) return account;
  return {};
}

}  // namespace checkpw
