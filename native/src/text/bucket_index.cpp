#include "text/bucket_index.h"

#include <algorithm>

namespace wordmill {

uint32_t BucketIndex::add(uint32_t bucket) {
  const uint32_t found = find(bucket);
  if (found != absent) return found;
  if (2 * (buckets_.size() + 1) > slots_.size()) grow();
  uint64_t at = firstSlot(bucket);
  while (slots_[at] != absent) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = static_cast<uint32_t>(buckets_.size());
  buckets_.push_back(bucket);
  return slots_[at];
}

void BucketIndex::grow() {
  slots_.assign(std::max<uint64_t>(16, 2 * slots_.size()), absent);
  shift_ = 64 - static_cast<unsigned>(__builtin_ctzll(slots_.size()));
  for (uint32_t place = 0; place < buckets_.size(); ++place) {
    uint64_t at = firstSlot(buckets_[place]);
    while (slots_[at] != absent) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = place;
  }
}

}  // namespace wordmill
