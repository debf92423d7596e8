#pragma once

#include "device/row.h"
#include "window/window_parameters.h"

namespace wordmill::cuda {

/// Huffman nodes near the root in shared memory: every window writes them, and in the device's memory all its warps
/// would queue for a few lines. Each block of threads has copies, and what it has added since it last passed that on. A
/// block sees what others added when it passes on its own.
class HotNodes {
 public:
  /// Windows of a warp between two times that it passes on its share of the rows.
  static constexpr uint32_t kWindowsPerPass = 4;

  __device__ HotNodes(const WindowParameters& p, const WindowBlock& b, float* shared)
      : values_(shared),
        added_(shared + p.hotNodes * p.stride),
        global_(p.tree + static_cast<uint64_t>(p.treeRows - p.hotNodes) * p.stride),
        count_(p.hotNodes),
        stride_(p.stride),
        share_(b.hotShare) {}

  /// Floats of shared memory.
  __host__ __device__ static uint32_t floats(const WindowParameters& p) { return 2 * p.hotNodes * p.stride; }

  __device__ const float* row(uint32_t index) const { return values_ + index * stride_; }

  /// All threads of the block.
  __device__ void fetch() {
    for (uint32_t i = threadIdx.x; i < count_ * stride_; i += blockDim.x) {
      values_[i] = __ldcg(global_ + i);
      added_[i] = 0.0F;
    }
    __syncthreads();
  }

  template <int K>
  __device__ void add(uint32_t index, uint32_t columns, const Row<K>& delta) {
    forParts<K>(columns, [&](int k, uint32_t place) {
      const float numbers[4] = {delta.part[k].x, delta.part[k].y, delta.part[k].z, delta.part[k].w};
      for (uint32_t i = 0; i < 4; ++i) {
        atomicAdd(values_ + index * stride_ + place + i, numbers[i]);
        atomicAdd(added_ + index * stride_ + place + i, numbers[i]);
      }
    });
  }

  /// After each window of a warp, also where its sentences are short.
  __device__ void windowDone() {
    if (++windows_ % kWindowsPerPass == 0) passOn();
  }

  /// One warp passes on its share of the rows. Numbers that others add to a copy just now may be missing there until
  /// the next time, but are not lost.
  __device__ void passOn() {
    for (uint32_t index = warpOfBlock(); index < count_; index += blockDim.x / kLanes) {
      for (uint32_t i = index * stride_ + lane(); i < (index + 1) * stride_; i += kLanes) {
        const float added = share_ * atomicExch(added_ + i, 0.0F);
        values_[i] = atomicAdd(global_ + i, added) + added;
      }
    }
  }

 private:
  float* const values_;
  float* const added_;
  float* const global_;
  const uint32_t count_;
  const uint32_t stride_;
  const float share_;
  uint32_t windows_ = 0;  // of this warp
};

}  // namespace wordmill::cuda
