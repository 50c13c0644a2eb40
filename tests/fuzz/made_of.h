// SPDX-License-Identifier: ISC
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

// A message of the size that it has on the wire between processes, of what DATA begins with. On the heap, so that an
// octet read beyond it is noticed; what DATA leaves open has no NUL.
template <typename Message>
std::unique_ptr<Message> made_of(const std::uint8_t* data, std::size_t size) {
  auto message = std::make_unique<Message>();
  std::memset(static_cast<void*>(message.get()), 'x', sizeof *message);
  std::memcpy(static_cast<void*>(message.get()), data, std::min(size, sizeof *message));
  return message;
}
