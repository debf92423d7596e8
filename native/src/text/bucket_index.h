#pragma once

#include <cstdint>
#include <vector>

#include "text/hash.h"

namespace wordmill {

/// Numbers the buckets that are in use: each gets the next place when it is first added.
class BucketIndex {
 public:
  static constexpr uint32_t absent = UINT32_MAX;

  /// The place of a bucket, given now if it had none.
  uint32_t add(uint32_t bucket);
  /// The place of a bucket, or `absent`.
  uint32_t find(uint32_t bucket) const {
    if (slots_.empty()) return absent;
    for (uint64_t at = firstSlot(bucket);; at = (at + 1) & (slots_.size() - 1)) {
      const uint32_t place = slots_[at];
      if (place == absent || buckets_[place] == bucket) return place;
    }
  }
  /// By place.
  const std::vector<uint32_t>& buckets() const { return buckets_; }
  uint64_t size() const { return buckets_.size(); }

 private:
  uint64_t firstSlot(uint32_t bucket) const { return (bucket * hashEnd) >> shift_; }
  void grow();

  std::vector<uint32_t> buckets_;
  std::vector<uint32_t> slots_;  // places; a power of two of them, at least twice as many as buckets
  unsigned shift_ = 0;
};

}  // namespace wordmill
