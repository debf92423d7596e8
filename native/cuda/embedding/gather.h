#pragma once

#include <cuda_runtime.h>

#include <cstdint>

namespace wordmill::cuda {

/// out[i] = row ids[i] of a table, for n ids; rows stand `stride` floats apart, and those of `out` `outStride`. All of
/// it is on the device, and both begin at multiples of 16 bytes.
void gatherRows(const float* table, uint64_t stride, uint64_t columns, const uint32_t* ids, uint64_t n, float* out,
                uint64_t outStride, cudaStream_t stream);

}  // namespace wordmill::cuda
