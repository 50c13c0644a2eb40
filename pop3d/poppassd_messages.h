// SPDX-License-Identifier: ISC
// What poppassd's child and parent say to each other on a SOCK_SEQPACKET pair: a request, an answer,
// each of fixed size, so that the parent, which is root, has nothing to parse.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "pop3d/login_messages.h"

namespace pop3d {

enum class PasswordAction : std::uint8_t { verify = 1, change };

struct PasswordRequest {
  PasswordAction action;
  char login[max_login + 1];    // ended by a NUL
  char secret[max_secret + 1];  // likewise: the one there is, or the new one
};

struct PasswordAnswer {
  bool is_good;
  bool is_last;    // the connection ends with it
  char text[160];  // why not: printable, ended by a NUL; empty: nothing to add
};

// True if both texts are ended, the login is one, and the secret is not empty and of one line.
inline bool check_request(const PasswordRequest& request) {
  const auto is_ended = [](const auto& text) { return std::find(std::begin(text), std::end(text), '\0') != std::end(text); };
  if (request.action != PasswordAction::verify && request.action != PasswordAction::change) return false;
  if (!is_ended(request.login) || !is_ended(request.secret)) return false;
  const std::string_view secret(request.secret);
  return is_login(request.login) && !secret.empty() &&
         std::all_of(secret.begin(), secret.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace pop3d
