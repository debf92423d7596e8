#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "memory/growing_bytes.h"

namespace wordmill {

/// GrowingBytes as values of one type.
template <class T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>, "values are copied as bytes, also to files");

 public:
  GrowingArray(Storage storage, const char* content) : bytes_(std::move(storage), content) {}

  void append(const T* values, uint64_t count) { bytes_.append(values, count * sizeof(T)); }
  void append(const T& value) { append(&value, 1); }
  void spill() { bytes_.spill(); }
  void finish() { bytes_.finish(); }
  void letGo() const { bytes_.letGo(); }

  T* data() { return reinterpret_cast<T*>(bytes_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(bytes_.data()); }
  uint64_t size() const { return bytes_.size() / sizeof(T); }
  uint64_t bytes() const { return bytes_.size(); }
  bool spilled() const { return bytes_.spilled(); }

 private:
  GrowingBytes bytes_;
};

}  // namespace wordmill
