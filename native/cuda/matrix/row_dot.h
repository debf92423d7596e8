#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/warp.h"

namespace wordmill::cuda {

/// The product of two rows of any length, by a warp, in all lanes. Both begin at multiples of 16 bytes.
__device__ inline float dotOfRows(const float* a, const float* b, uint32_t columns) {
  float sum = 0.0F;
  for (uint32_t at = 4 * lane(); at + 4 <= columns; at += 4 * kLanes) {
    const float4 x = *reinterpret_cast<const float4*>(a + at);
    const float4 y = *reinterpret_cast<const float4*>(b + at);
    sum += x.x * y.x + x.y * y.y + x.z * y.z + x.w * y.w;
  }
  const uint32_t last = columns / 4 * 4 + lane();
  if (last < columns) sum += a[last] * b[last];
  return sumOfWarp(sum);
}

}  // namespace wordmill::cuda
