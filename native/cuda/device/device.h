#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/check.h"

/// The C handle is the class itself: a device that was opened.
struct wm_backend_device {
  explicit wm_backend_device(uint32_t index);

  /// Makes it the one that this thread's calls are for.
  void use() const { wordmill::cuda::check(cudaSetDevice(index), "to be chosen"); }

  /// The same before something of it is released, which goes on without.
  void tryUse() const noexcept {
    cudaSetDevice(index);
    cudaGetLastError();
  }

  int index;
  int multiprocessors = 0;
  /// That one block of threads may have.
  size_t sharedBytes = 0;
};

namespace wordmill::cuda {

/// How many devices there are; where there is none, why.
uint32_t countDevices(char* reason, uint64_t capacity);
void describeDevice(uint32_t index, wm_device_info* out);

}  // namespace wordmill::cuda
