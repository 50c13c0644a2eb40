// SPDX-License-Identifier: ISC
#include "checkpw/login_record.h"

namespace checkpw {

namespace {

std::optional<std::string_view> take_field(std::string_view& record) {
  const auto nul = record.find('\0');
  if (nul == record.npos) return {};
  const auto field = record.substr(0, nul);
  record.remove_prefix(nul + 1);
  return field;
}

}  // namespace

std::optional<Login> parse_login(std::string_view record) {
  const auto name = take_field(record);
  if (!name || name->empty()) return {};
  const auto response = take_field(record);
  if (!response) return {};
  const auto timestamp = take_field(record);
  if (!timestamp) return {};
  return Login{*name, *response, *timestamp};
}

std::optional<Method> parse_method(std::string_view text) {
  if (text.empty()) return Method::unknown;
  if (text == "user") return Method::password;
  if (text == "apop") return Method::apop;
  return {};
}

bool looks_like_digest(std::string_view response) {
  return response.size() == 32 &&
         response.find_first_not_of("0123456789abcdefABCDEF") == response.npos;
}

}  // namespace checkpw
