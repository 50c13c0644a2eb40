// SPDX-License-Identifier: ISC
#include "checkpw/mechanisms.h"

#include "checkpw/login_record.h"
#include "checkpw/schemes.h"

namespace checkpw {

namespace {

constexpr struct {
  const char* name;
  Method method;
} known[] = {
    {"APOP", Method::apop},           {"PLAIN", Method::password},       {"LOGIN", Method::password},
    {"SCRAM-SHA-256", Method::scram}, {"CRAM-MD5", Method::cram_md5},    {"EXTERNAL", Method::external},
    {"OAUTHBEARER", Method::token},   {"XOAUTH2", Method::token},
};
constexpr unsigned all = (1U << std::size(known)) - 1;

}  // namespace

void Mechanisms::add(std::string_view scheme) {
  for (std::size_t i = 0; i < std::size(known); ++i)
    if (serves(scheme, known[i].method)) bits_ |= 1U << i;
}

bool Mechanisms::is_complete() const { return bits_ == all; }

std::string Mechanisms::text() const {
  std::string text;
  for (std::size_t i = 0; i < std::size(known); ++i)
    if ((bits_ >> i & 1) != 0) text.append(text.empty() ? "" : " ").append(known[i].name);
  return text;
}

Mechanisms mechanisms_of(const Account& account) {
  Mechanisms mechanisms;
  for (const auto& secret : account.secrets) mechanisms.add(scheme_of(secret.stored));
  return mechanisms;
}

std::string mechanisms(UsersDb& users) {
  Mechanisms found;
  found.add(users.header().scheme);
  users.for_each([&](std::string_view, std::string_view record) {
    if (found.is_complete()) return;
    if (const auto account = decode(record))
      for (const auto& secret : account->secrets) found.add(scheme_of(secret.stored));
  });
  return found.text();
}

}  // namespace checkpw
