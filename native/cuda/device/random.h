#pragma once

#include <cuda_runtime.h>

#include <cstdint>

// SplitMix64 as the engine has it (src/sampling/random.h): what is drawn is a function of a seed and of coordinates.

namespace wordmill::cuda {

constexpr uint64_t kGoldenGamma = 0x9E3779B97F4A7C15ULL;

__host__ __device__ inline uint64_t mixBits(uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

__host__ __device__ inline uint64_t randomAt(uint64_t seed, uint64_t a, uint64_t b) {
  return mixBits(mixBits(mixBits(seed + kGoldenGamma) + (a + 1) * kGoldenGamma) + (b + 1) * kGoldenGamma);
}

/// Draw `number` of the stream that begins at a key.
__device__ inline uint64_t draw(uint64_t key, uint64_t number) { return mixBits(key + (number + 1) * kGoldenGamma); }

/// 0 .. bound - 1 from the upper 32 random bits.
__device__ inline uint32_t below(uint64_t bits, uint32_t bound) {
  return static_cast<uint32_t>(((bits >> 32U) * bound) >> 32U);
}

}  // namespace wordmill::cuda
