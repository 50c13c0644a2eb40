// SPDX-License-Identifier: ISC
// A secret of any length, wiped when it goes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/secret.h"

namespace checkpw {

class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string text) : text_(std::move(text)) { forget(text); }
  SecretText(SecretText&& other) noexcept : text_(std::move(other.text_)) { forget(other.text_); }
  SecretText& operator=(SecretText&& other) noexcept {
    if (this != &other) {
      forget(text_);
      text_ = std::move(other.text_);
      forget(other.text_);
    }
    return *this;
  }
  ~SecretText() { forget(text_); }

  std::string_view view() const { return text_; }  // views into this object
  const std::string& text() const { return text_; }

 private:
  // A short text stays behind in a string that was moved from; so all of its room is wiped.
  static void forget(std::string& text) noexcept {
    text.resize(text.capacity());
    base::wipe(text.data(), text.size());
    text.clear();
  }
  std::string text_;
};

}  // namespace checkpw
