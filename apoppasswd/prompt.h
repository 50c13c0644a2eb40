// SPDX-License-Identifier: ISC
// Asking for a new secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace apoppasswd {

// A secret that is wiped when it goes.
class Typed {
 public:
  explicit Typed(std::string text) : text_(std::move(text)) {}
  Typed(Typed&& other) noexcept : text_(std::move(other.text_)) {}
  Typed& operator=(Typed&&) = delete;
  ~Typed();
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// On a terminal asks twice, without echo; else takes one line of standard input. Nothing, and why
// on fd 2, if the two differ, nothing came or the user gave up.
std::optional<Typed> ask_secret();

// What is too weak about a secret for LOGIN, in words; nothing if it will do.
std::optional<std::string> weakness(std::string_view login, std::string_view secret);

}  // namespace apoppasswd
