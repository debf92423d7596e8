#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wordmill {

/// Calls visit(bucket) for every run of 2 .. `length` words, given the fastTextHash of each, by first word and length.
/// The reference keeps the hashes as signed numbers and joins them in 64 bits; its files depend on both.
template <typename Visit>
void forEachWordNgram(const std::vector<uint32_t>& hashes, uint32_t length, uint32_t buckets, Visit&& visit) {
  if (length < 2 || buckets == 0) return;
  const auto widened = [&](size_t i) {
    return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(hashes[i])));
  };
  for (size_t first = 0; first < hashes.size(); ++first) {
    uint64_t hash = widened(first);
    for (size_t next = first + 1; next < hashes.size() && next - first < length; ++next) {
      hash = hash * 116049371U + widened(next);
      visit(static_cast<uint32_t>(hash % buckets));
    }
  }
}

}  // namespace wordmill
