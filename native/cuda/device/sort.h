#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#ifdef __CUDACC__
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_reduce.cuh>
#else
#include <algorithm>
#include <numeric>
#include <vector>
#endif

#include "device/memory.h"

// Sorting and reducing of whole arrays on the device: CUB's, and the C++ library's where the module is emulated. All
// arrays are on the device, and all work is put on the stream; a workspace serves one call after another of a stream.

namespace wordmill::cuda {

class Workspace {
 public:
  /// Runs a call of CUB, which first tells the bytes that it needs.
  template <typename Call>
  void run(cudaStream_t stream, Call&& call) {
    size_t bytes = 0;
    check(call(nullptr, bytes), "to plan a sort");
    if (bytes > memory_.size()) check(cudaStreamSynchronize(stream), "to sort");  // an earlier call may still use it
    memory_.reserve(bytes);
    check(call(memory_.data(), bytes), "to sort");
  }

 private:
  DeviceArray<unsigned char> memory_;
};

/// Pairs by ascending key, equal keys in the order in which they came. Keys are below 2^bits.
template <typename Key, typename Value>
void sortPairs(Workspace& workspace, const Key* keys, Key* sortedKeys, const Value* values, Value* sortedValues,
               uint64_t count, unsigned bits, cudaStream_t stream) {
  if (count == 0) return;
#ifdef __CUDACC__
  workspace.run(stream, [&](void* memory, size_t& bytes) {
    return cub::DeviceRadixSort::SortPairs(memory, bytes, keys, sortedKeys, values, sortedValues, count, 0,
                                           static_cast<int>(bits), stream);
  });
#else
  static_cast<void>(workspace);
  static_cast<void>(bits);
  static_cast<void>(stream);
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](uint64_t a, uint64_t b) { return keys[a] < keys[b]; });
  for (uint64_t i = 0; i < count; ++i) {
    sortedKeys[i] = keys[order[i]];
    sortedValues[i] = values[order[i]];
  }
#endif
}

/// Of sorted keys each once, with the sum of its values; `*runs` becomes their number.
template <typename Key, typename Value>
void sumRuns(Workspace& workspace, const Key* keys, const Value* values, Key* distinct, Value* sums, uint64_t* runs,
             uint64_t count, cudaStream_t stream) {
#ifdef __CUDACC__
  workspace.run(stream, [&](void* memory, size_t& bytes) {
    return cub::DeviceReduce::ReduceByKey(memory, bytes, keys, distinct, values, sums, runs, ::cuda::std::plus<>{},
                                          count, stream);
  });
#else
  static_cast<void>(workspace);
  static_cast<void>(stream);
  uint64_t found = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (i > 0 && keys[i] == keys[i - 1]) {
      sums[found - 1] += values[i];
    } else {
      distinct[found] = keys[i];
      sums[found++] = values[i];
    }
  }
  *runs = found;
#endif
}

}  // namespace wordmill::cuda
