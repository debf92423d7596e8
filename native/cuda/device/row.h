#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/warp.h"

// A row of numbers spread over a warp: lane l holds the four from 4 l on, of each 128. Rows begin at multiples of 16
// bytes, and what is behind a row's columns up to a multiple of 4 is 0.

namespace wordmill::cuda {

constexpr unsigned kFloatsOfPart = 4 * kLanes;

/// Parts of a row of that many columns.
__host__ __device__ inline unsigned partsOf(uint64_t columns) {
  return static_cast<unsigned>((columns + kFloatsOfPart - 1) / kFloatsOfPart);
}

template <int K>
struct Row {
  float4 part[K];

  __device__ void clear() {
#pragma unroll
    for (int k = 0; k < K; ++k) part[k] = make_float4(0.0F, 0.0F, 0.0F, 0.0F);
  }

  /// this += factor * other
  __device__ void add(float factor, const Row& other) {
#pragma unroll
    for (int k = 0; k < K; ++k) {
      part[k].x += factor * other.part[k].x;
      part[k].y += factor * other.part[k].y;
      part[k].z += factor * other.part[k].z;
      part[k].w += factor * other.part[k].w;
    }
  }

  __device__ void scale(float factor) {
#pragma unroll
    for (int k = 0; k < K; ++k) {
      part[k].x *= factor;
      part[k].y *= factor;
      part[k].z *= factor;
      part[k].w *= factor;
    }
  }
};

/// This lane's share of the product.
template <int K>
__device__ inline float dotOfLane(const Row<K>& a, const Row<K>& b) {
  float sum = 0.0F;
#pragma unroll
  for (int k = 0; k < K; ++k) {
    sum += a.part[k].x * b.part[k].x;
    sum += a.part[k].y * b.part[k].y;
    sum += a.part[k].z * b.part[k].z;
    sum += a.part[k].w * b.part[k].w;
  }
  return sum;
}

/// visit(k, place): for the parts that this lane has of a row.
template <int K, typename Visit>
__device__ inline void forParts(uint32_t columns, Visit&& visit) {
#pragma unroll
  for (int k = 0; k < K; ++k) {
    const uint32_t place = static_cast<uint32_t>(k) * kFloatsOfPart + 4 * lane();
    if (place < columns) visit(k, place);
  }
}

/// A row that other warps write meanwhile: past the first level of cache, which does not see what they write.
template <int K>
__device__ inline Row<K> loadGlobal(const float* row, uint32_t columns) {
  Row<K> out;
  out.clear();
  forParts<K>(columns,
              [&](int k, uint32_t place) { out.part[k] = __ldcg(reinterpret_cast<const float4*>(row + place)); });
  return out;
}

/// A row that no cache hides from those who write it: in shared memory, or one that nobody else writes.
template <int K>
__device__ inline Row<K> loadOwn(const float* row, uint32_t columns) {
  Row<K> out;
  out.clear();
  forParts<K>(columns, [&](int k, uint32_t place) { out.part[k] = *reinterpret_cast<const float4*>(row + place); });
  return out;
}

template <int K>
__device__ inline void storeOwn(float* row, uint32_t columns, const Row<K>& values) {
  forParts<K>(columns, [&](int k, uint32_t place) { *reinterpret_cast<float4*>(row + place) = values.part[k]; });
}

// Additions to the device's memory that other warps add to as well. Written as instructions: of a pointer that was
// itself read from memory the compiler does not know that it is no shared memory's, and then waits for what was there
// before.

__device__ inline void addToGlobal(float* sum, float value) {
#ifdef __CUDACC__
  asm volatile("red.global.add.f32 [%0], %1;" ::"l"(__cvta_generic_to_global(sum)), "f"(value) : "memory");
#else
  atomicAdd(sum, value);
#endif
}

__device__ inline void addToGlobal(float4* sum, float4 value) {
#ifndef __CUDACC__
  atomicAdd(sum, value);
#elif !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
  asm volatile("red.global.add.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(sum)), "f"(value.x),
               "f"(value.y), "f"(value.z), "f"(value.w)
               : "memory");
#else
  addToGlobal(&sum->x, value.x);
  addToGlobal(&sum->y, value.y);
  addToGlobal(&sum->z, value.z);
  addToGlobal(&sum->w, value.w);
#endif
}

/// row += factor * values, while other warps add to it.
template <int K>
__device__ inline void addToRow(float* row, uint32_t columns, float factor, const Row<K>& values) {
  forParts<K>(columns, [&](int k, uint32_t place) {
    const float4 part = values.part[k];
    addToGlobal(reinterpret_cast<float4*>(row + place),
                make_float4(factor * part.x, factor * part.y, factor * part.z, factor * part.w));
  });
}

}  // namespace wordmill::cuda
