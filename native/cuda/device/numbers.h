#pragma once

#include <cuda_runtime.h>

#include <cstdint>

// What one thread has of a row, where threads do not exchange anything: four numbers, or one where rows do not begin at
// multiples of 16 bytes. Neighbouring threads have neighbouring parts, so rows of any length keep all threads busy.

namespace wordmill::cuda {

template <typename Numbers>
constexpr uint32_t kNumbersOf = sizeof(Numbers) / sizeof(float);

template <typename Numbers>
__device__ inline Numbers zeros();
template <>
__device__ inline float zeros<float>() {
  return 0.0F;
}
template <>
__device__ inline float4 zeros<float4>() {
  return make_float4(0.0F, 0.0F, 0.0F, 0.0F);
}

__device__ inline float plus(float a, float b) { return a + b; }
__device__ inline float4 plus(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }

__device__ inline float times(float factor, float a) { return factor * a; }
__device__ inline float4 times(float factor, float4 a) {
  return make_float4(factor * a.x, factor * a.y, factor * a.z, factor * a.w);
}

template <typename Numbers>
__device__ inline Numbers& partOf(float* row, uint32_t part) {
  return reinterpret_cast<Numbers*>(row)[part];
}
template <typename Numbers>
__device__ inline const Numbers& partOf(const float* row, uint32_t part) {
  return reinterpret_cast<const Numbers*>(row)[part];
}

/// call(Numbers{}): by fours where all lengths and strides are multiples of 4.
template <typename Call, typename... Lengths>
void byNumbers(Call&& call, Lengths... lengths) {
  if (((lengths % kNumbersOf<float4> == 0) && ...)) {
    call(float4{});
  } else {
    call(float{});
  }
}

/// Blocks of so many threads for a thread for each part.
constexpr unsigned kThreadsForParts = 256;
inline uint64_t blocksForParts(uint64_t parts) { return (parts + kThreadsForParts - 1) / kThreadsForParts; }
__device__ inline uint64_t threadForPart() { return static_cast<uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }

}  // namespace wordmill::cuda
