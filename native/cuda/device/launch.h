#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "device/check.h"

// Kernels are plain CUDA. Compiled by a C++ compiler against emulator/cuda_runtime.h, the same source runs on the
// processor, a thread of a block after the other.

namespace wordmill::cuda {

/// A type that is not deduced from an argument, so that kernels' parameters decide.
template <typename T>
struct AsIs {
  using Type = T;
};

/// Shared memory beyond this must be asked for.
constexpr size_t kSharedBytesUnasked = 48 * 1024;

/// Asks for all that a block may have, not for what this launch takes: the limit is one for all threads that launch the
/// kernel, some of them with more. A kernel that also had shared memory of fixed size would be refused so much.
template <typename... Parameters>
void allowShared(void (*kernel)(Parameters...), size_t bytes) {
  if (bytes <= kSharedBytesUnasked) return;
  int device = 0;
  int most = 0;
  check(cudaGetDevice(&device), "to be known");
  check(cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device), "to describe itself");
  check(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize, most),
        "to give shared memory");
}

/// Runs a kernel with `blocks` blocks of `threads` threads, each with that many bytes of shared memory.
template <typename... Parameters>
void launch(void (*kernel)(Parameters...), uint64_t blocks, unsigned threads, size_t sharedBytes, cudaStream_t stream,
            typename AsIs<Parameters>::Type... arguments) {
  if (blocks == 0) return;
  allowShared(kernel, sharedBytes);
#ifdef __CUDACC__
  kernel<<<static_cast<unsigned>(blocks), threads, sharedBytes, stream>>>(arguments...);
#else
  static_cast<void>(stream);  // all of them do at once what they are given
  emulator::run(static_cast<unsigned>(blocks), threads, sharedBytes, [&] { kernel(arguments...); });
#endif
  check(cudaGetLastError(), "to begin a kernel");
}

/// Blocks of a kernel that the device runs at the same time.
template <typename... Parameters>
uint64_t residentBlocks(void (*kernel)(Parameters...), int multiprocessors, unsigned threads, size_t sharedBytes) {
  allowShared(kernel, sharedBytes);
  int blocks = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, reinterpret_cast<const void*>(kernel),
                                                      static_cast<int>(threads), sharedBytes),
        "to plan a kernel");
  return static_cast<uint64_t>(blocks < 1 ? 1 : blocks) * static_cast<uint64_t>(multiprocessors);
}

/// The shared memory that the launch asked for.
template <typename T>
__device__ inline T* sharedMemory() {
#ifdef __CUDACC__
  extern __shared__ float4 launchedShared[];
  return reinterpret_cast<T*>(launchedShared);
#else
  return static_cast<T*>(emulator::sharedMemory());
#endif
}

}  // namespace wordmill::cuda
