// SPDX-License-Identifier: ISC
#include "checkpw/login_record.h"

namespace checkpw {

namespace {

// As pop3-login(8) names them.
constexpr struct {
  std::string_view name;
  Method method;
} methods[] = {
    {"", Method::unknown},
    {"user", Method::password},
    {"plain", Method::password},
    {"login", Method::password},
    {"apop", Method::apop},
    {"cram-md5", Method::cram_md5},
    {"external", Method::external},
    {"oauthbearer", Method::token},
    {"xoauth2", Method::token},
    {"scram-sha-256", Method::scram},
    {"scram-sha-256-plus", Method::scram_plus},
};

bool take_field(std::string_view& record, std::string_view& field) {
  const auto nul = record.find('\0');
  if (nul == record.npos) return false;
  field = record.substr(0, nul);
  record.remove_prefix(nul + 1);
  return true;
}

std::size_t further_fields(Method method) {
  if (is_scram(method)) return 3;
  return method == Method::external ? 1 : 0;
}

}  // namespace

std::optional<Login> parse_login(std::string_view record, Method method) {
  Login login;
  if (!take_field(record, login.name) || login.name.empty()) return {};
  if (!take_field(record, login.response) || !take_field(record, login.timestamp)) return {};
  for (std::size_t i = 0; i < further_fields(method); ++i)
    if (!take_field(record, login.more[i])) return {};
  return login;
}

std::size_t max_record_of(Method method) { return is_scram(method) ? max_scram_record : max_record; }

std::optional<Method> parse_method(std::string_view text) {
  for (const auto& entry : methods)
    if (entry.name == text) return entry.method;
  return {};
}

bool is_scram(Method method) { return method == Method::scram || method == Method::scram_plus; }

bool looks_like_digest(std::string_view response) {
  return response.size() == 32 &&
         response.find_first_not_of("0123456789abcdefABCDEF") == response.npos;
}

}  // namespace checkpw
