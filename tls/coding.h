// SPDX-License-Identifier: ISC
// How the master's messages to its workers are written: numbers of 32 bits in the machine's own
// order, and octets behind their number. Both ends are the same program on the same machine.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "tls/secret_bytes.h"

namespace tls {

class Writer {
 public:
  Writer& number(std::size_t value) {
    const auto small = static_cast<std::uint32_t>(value);
    append(to_, {reinterpret_cast<const char*>(&small), sizeof small});
    return *this;
  }
  Writer& octets(std::string_view value) {
    number(value.size());
    append(to_, value);
    return *this;
  }
  SecretBytes take() { return std::move(to_); }

 private:
  SecretBytes to_;
};

// Reads what Writer wrote. After the first thing that is not there, or is more than it may be,
// everything read is 0 or empty, and is_good() false.
class Reader {
 public:
  explicit Reader(std::string_view from) : from_(from) {}

  std::uint32_t number(std::size_t most) {
    std::uint32_t value = 0;
    if (!is_good_ || from_.size() < sizeof value) return fail();
    std::memcpy(&value, from_.data(), sizeof value);
    from_.remove_prefix(sizeof value);
    return value <= most ? value : fail();
  }
  // Views into what is read.
  std::string_view octets(std::size_t most) {
    const auto size = number(most);
    if (size > from_.size()) fail();
    if (!is_good_) return {};
    const auto value = from_.substr(0, size);
    from_.remove_prefix(size);
    return value;
  }
  bool is_good() const { return is_good_; }
  bool is_at_end() const { return is_good_ && from_.empty(); }

 private:
  std::uint32_t fail() {
    is_good_ = false;
    return 0;
  }

  std::string_view from_;
  bool is_good_ = true;
};

}  // namespace tls
