#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <cstdint>

// A score and its row as one number that is greater the better: a higher score, and of equal ones the lower row.

namespace wordmill::cuda {

using ScoreKey = unsigned long long;

/// Below the keys of all scores.
constexpr ScoreKey kNoScore = 0;
constexpr uint32_t kNoRow = UINT32_MAX;

/// What can be found at all: no NaN, and nothing that is infinitely bad.
__device__ inline bool isScore(float score) { return score > -INFINITY; }

/// Unsigned numbers in the order of the scores; -0 is 0.
__device__ inline uint32_t orderOf(float score) {
  const uint32_t bits = __float_as_uint(score == 0.0F ? 0.0F : score);
  return (bits >> 31U) != 0 ? ~bits : bits | 1U << 31U;
}

__device__ inline float scoreOfOrder(uint32_t order) {
  return __uint_as_float((order >> 31U) != 0 ? order & ~(1U << 31U) : ~order);
}

__device__ inline ScoreKey scoreKey(float score, uint32_t row) {
  return static_cast<ScoreKey>(orderOf(score)) << 32U | static_cast<uint32_t>(~row);
}

__device__ inline float scoreOf(ScoreKey key) {
  return key == kNoScore ? -INFINITY : scoreOfOrder(static_cast<uint32_t>(key >> 32U));
}

__device__ inline uint32_t rowOf(ScoreKey key) { return key == kNoScore ? kNoRow : ~static_cast<uint32_t>(key); }

}  // namespace wordmill::cuda
