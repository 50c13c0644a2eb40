// SPDX-License-Identifier: ISC
// Text of bounded length built in place, and strict numbers. Allocates nothing.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

namespace base {

// Appends to a buffer of N octets of its own. What does not fit is left out and
// overflowed() says so from then on. Always followed by a NUL, for system calls.
template <std::size_t N>
class Text {
 public:
  Text() { text_[0] = '\0'; }
  explicit Text(std::string_view text) : Text() { *this << text; }

  // Not inlined: that would gain nothing, and g++ 12 then warns of lengths that cannot be.
  [[gnu::noinline]] Text& operator<<(std::string_view part) {
    std::size_t fits = part.size();
    if (fits > N - size_) {
      fits = N - size_;
      overflowed_ = true;
    }
    if (fits != 0) std::memcpy(text_ + size_, part.data(), fits);
    size_ += fits;
    text_[size_] = '\0';
    return *this;
  }
  Text& operator<<(const char* part) { return *this << std::string_view(part); }
  Text& operator<<(char c) { return *this << std::string_view(&c, 1); }
  template <std::integral I>
  Text& operator<<(I number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }

  void clear() {
    size_ = 0;
    text_[0] = '\0';
    overflowed_ = false;
  }
  bool empty() const { return size_ == 0; }
  bool overflowed() const { return overflowed_; }
  std::string_view view() const { return {text_, size_}; }  // views into this object
  const char* c_str() const { return text_; }

 private:
  std::size_t size_ = 0;
  bool overflowed_ = false;
  char text_[N + 1];
};

// The whole of TEXT as an unsigned decimal number: digits only, no sign, no blank,
// nothing behind them, and within I; else nothing.
template <std::unsigned_integral I>
std::optional<I> parse_number(std::string_view text) {
  I number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

// ASCII letters alone change, whatever the locale is.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Printable ASCII without the blank: what names in POP3 replies and log lines may hold.
constexpr bool is_graphic(char c) { return c > 0x20 && c < 0x7f; }

}  // namespace base
