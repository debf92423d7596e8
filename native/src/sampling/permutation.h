#pragma once

#include <cstdint>

#include "sampling/random.h"

namespace wordmill {

/// A random order of 0 .. size - 1 without a table: a Feistel network over the next power of four, walked until it
/// falls within the range again (Black & Rogaway 2002).
class Permutation {
 public:
  Permutation(uint64_t seed, uint64_t number, uint64_t size) : key_(randomAt(seed, number, size)), size_(size) {
    while (half_ < 32 && (uint64_t{1} << (2 * half_)) < size) ++half_;
  }

  uint64_t operator()(uint64_t index) const {
    do {
      index = round(index);
    } while (index >= size_);
    return index;
  }

 private:
  uint64_t round(uint64_t index) const {
    const uint64_t mask = (uint64_t{1} << half_) - 1;
    uint64_t left = index >> half_;
    uint64_t right = index & mask;
    for (uint64_t i = 1; i <= 4; ++i) {
      const uint64_t next = left ^ (mixBits(key_ + i * kGoldenGamma + right) & mask);
      left = right;
      right = next;
    }
    return left << half_ | right;
  }

  uint64_t key_;
  uint64_t size_;
  unsigned half_ = 1;
};

}  // namespace wordmill
