// SPDX-License-Identifier: ISC
// A growing array of plain values, for programs that link no std::vector (Makefile: musl).
#pragma once

#include <cstddef>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "base/failure.h"

namespace base {

// Owns its memory; grows by doubling with realloc, which moves big blocks without copying.
// Throws when memory runs out. Pointers and views into it die when it grows.
template <typename T>
  requires std::is_trivially_copyable_v<T>
class Array {
 public:
  Array() = default;
  Array(Array&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        room_(std::exchange(other.room_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
    return *this;
  }
  ~Array() { std::free(data_); }

  void push(const T& value) { *extend(1) = value; }

  // Makes the array longer by COUNT values that hold nothing yet; gives the first of them.
  T* extend(std::size_t count) {
    if (count > room_ - size_) grow(count);
    T* first = data_ + size_;
    size_ += count;
    return first;
  }
  void clear() { size_ = 0; }
  void shorten(std::size_t size) { size_ = size; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  void grow(std::size_t count) {
    constexpr std::size_t most = static_cast<std::size_t>(-1) / sizeof(T) / 2;
    if (count > most || size_ > most - count) throw Failure("allocate", "too large");
    std::size_t room = room_ ? room_ * 2 : 64;
    if (room < size_ + count) room = size_ + count;
    void* moved = std::realloc(data_, room * sizeof(T));
    if (!moved) throw Failure("allocate", "out of memory");
    data_ = static_cast<T*>(moved);
    room_ = room;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace base
