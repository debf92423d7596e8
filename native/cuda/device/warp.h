#pragma once

#include <cuda_runtime.h>

#include <cstdint>

// What the lanes of a warp do together. All 32 take part in every call.

namespace wordmill::cuda {

constexpr unsigned kLanes = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

__device__ inline unsigned lane() { return threadIdx.x % kLanes; }
/// The warp's number in its block.
__device__ inline unsigned warpOfBlock() { return threadIdx.x / kLanes; }
/// The warp's number among all of the kernel, and how many there are.
__device__ inline uint64_t warpOfGrid() {
  return static_cast<uint64_t>(blockIdx.x) * (blockDim.x / kLanes) + warpOfBlock();
}
__device__ inline uint64_t warpsOfGrid() { return static_cast<uint64_t>(gridDim.x) * (blockDim.x / kLanes); }

/// The value of one lane, in all.
template <typename T>
__device__ inline T fromLane(T value, unsigned source) {
  return __shfl_sync(kAllLanes, value, static_cast<int>(source));
}

template <typename T>
__device__ inline T sumOfWarp(T value) {
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(kAllLanes, value, distance);
  return value;
}

__device__ inline float maxOfWarp(float value) {
  for (int distance = 16; distance > 0; distance /= 2) {
    const float other = __shfl_xor_sync(kAllLanes, value, distance);
    value = other > value ? other : value;
  }
  return value;
}

/// The sums of several numbers at once: lane l gets the sum of values[l / (32 / N)]. Half of the numbers are passed on
/// in each round, so that 8 sums take 9 exchanges, not 40.
template <int N>
__device__ inline float sumsOfWarp(float (&values)[N]) {
  static_assert(N >= 1 && N <= 32 && (N & (N - 1)) == 0, "a power of two");
  int distance = kLanes / 2;
#pragma unroll
  for (int count = N; count > 1; count /= 2) {
    const bool upper = (lane() & static_cast<unsigned>(distance)) != 0;
#pragma unroll
    for (int i = 0; i < count / 2; ++i) {
      const float kept = upper ? values[i + count / 2] : values[i];
      const float passed = upper ? values[i] : values[i + count / 2];
      values[i] = kept + __shfl_xor_sync(kAllLanes, passed, distance);
    }
    distance /= 2;
  }
  float sum = values[0];
  for (; distance > 0; distance /= 2) sum += __shfl_xor_sync(kAllLanes, sum, distance);
  return sum;
}

}  // namespace wordmill::cuda
