#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/memory.h"

namespace wordmill::cuda {

/// What a product is made of. Each matrix stands row after row.
enum class Operands {
  kRowsByRows,        ///< out = left * right^T: left is rows x depth, right columns x depth
  kRowsByColumns,     ///< out = left * right: left is rows x depth, right depth x columns
  kColumnsByColumns,  ///< out = left^T * right: left is depth x rows, right depth x columns
};

/// A product of matrices on the device. Their rows begin at multiples of 16 bytes, so strides (in floats) are multiples
/// of 4; what stands behind a row's last number, up to its stride, may be anything and is never written.
struct Product {
  Operands operands = Operands::kRowsByRows;
  const float* left = nullptr;
  uint64_t leftStride = 0;
  const float* right = nullptr;
  uint64_t rightStride = 0;
  float* out = nullptr;
  uint64_t outStride = 0;
  uint32_t rows = 0;     ///< of out
  uint32_t columns = 0;  ///< of out
  uint32_t depth = 0;    ///< what is summed over; 0 makes zeros
  /// Adds to `out`, and does not replace it.
  bool add = false;
  /// nullptr, or what each column of the product is multiplied by.
  const float* columnFactors = nullptr;
};

/// In single precision. Every sum goes through the depth from its beginning to its end, so results are the same in
/// every run.
void multiply(const Product& product, cudaStream_t stream);

/// The same where the result may be much smaller than the depth, which a few tiles would go through alone: slices of
/// the depth are multiplied side by side, and their products, which are kept in `slices`, are added up in their order.
void multiplySliced(const Product& product, DeviceArray<float>& slices, cudaStream_t stream);

}  // namespace wordmill::cuda
