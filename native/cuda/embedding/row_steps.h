#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "embedding/optimizer.h"

namespace wordmill::cuda {

/// A step on rows by their gradients, as a sink of RowSums.
struct RowSteps {
  template <typename Numbers>
  __device__ void take(uint32_t row, uint32_t part, Numbers gradient) const {
    if (stopped == nullptr || *stopped == 0) stepPart(step, rows, row, part, gradient);
  }

  OptimizedRows rows;
  wm_backend_step step;
  /// nullptr, or a number on the device: once it is not 0, rows stay as they are.
  const int* stopped;
};

/// Gradients of many rows, one after another.
struct DenseGradients {
  const float* values;
  uint64_t stride;
  /// The row of each; nullptr: row i is of gradient i.
  const uint32_t* ids;
  uint64_t count;
};

/// A step on each of these rows, of so many columns.
void stepDense(const RowSteps& steps, const DenseGradients& gradients, uint64_t columns, cudaStream_t stream);

}  // namespace wordmill::cuda
