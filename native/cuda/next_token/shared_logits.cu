#include "next_token/shared_logits.h"

#include "device/launch.h"
#include "device/warp.h"

namespace wordmill::cuda {
namespace {

/// A warp goes down 32 columns together, each warp of a block through other rows.
constexpr unsigned kWarps = 8;

__global__ void __launch_bounds__(kWarps* kLanes)
    sumColumns(const float* values, uint64_t stride, uint32_t rows, uint32_t columns, float* sums, bool add) {
  auto* const ofWarps = sharedMemory<float>();
  const uint32_t column = blockIdx.x * kLanes + lane();
  float sum = 0.0F;
  if (column < columns) {
#pragma unroll 8
    for (uint32_t row = warpOfBlock(); row < rows; row += kWarps) sum += values[row * stride + column];
  }
  ofWarps[threadIdx.x] = sum;
  __syncthreads();
  if (warpOfBlock() > 0 || column >= columns) return;
  for (unsigned warp = 1; warp < kWarps; ++warp) sum += ofWarps[warp * kLanes + lane()];
  sums[column] = add ? sums[column] + sum : sum;
}

}  // namespace

void SharedLogits::reserve(uint64_t size, uint64_t rows, uint64_t columns, cudaStream_t stream) {
  logits_.reserveIdle(std::min<uint64_t>(size, kExamplesTogether) * strideOf(rows), stream);
  rowGradients_.reserveIdle(rows * strideOf(columns), stream);
  biasGradients_.reserveIdle(rows, stream);
}

void SharedLogits::multiplyHidden(const Logits& logits, const HiddenLayer& hidden, const SharedRows& rows,
                                  cudaStream_t stream) {
  Product product;
  product.operands = Operands::kRowsByRows;
  product.left = hidden.hidden() + logits.first * hidden.stride();
  product.leftStride = hidden.stride();
  product.right = rows.values;
  product.rightStride = rows.stride;
  product.out = logits.values;
  product.outStride = logits.stride;
  product.rows = logits.examples;
  product.columns = rows.count;
  product.depth = static_cast<uint32_t>(hidden.columns());
  multiply(product, stream);
}

void SharedLogits::multiplyGradients(const Logits& logits, const HiddenLayer& hidden, const SharedRows& rows, bool add,
                                     cudaStream_t stream) {
  Product toHidden;
  toHidden.operands = Operands::kRowsByColumns;
  toHidden.left = logits.values;
  toHidden.leftStride = logits.stride;
  toHidden.right = rows.values;
  toHidden.rightStride = rows.stride;
  toHidden.out = hidden.gradient() + logits.first * hidden.stride();
  toHidden.outStride = hidden.stride();
  toHidden.rows = logits.examples;
  toHidden.columns = static_cast<uint32_t>(hidden.columns());
  toHidden.depth = rows.count;
  toHidden.add = add;
  multiplySliced(toHidden, slices_, stream);

  Product toRows;
  toRows.operands = Operands::kColumnsByColumns;
  toRows.left = logits.values;
  toRows.leftStride = logits.stride;
  toRows.right = hidden.hidden() + logits.first * hidden.stride();
  toRows.rightStride = hidden.stride();
  toRows.out = rowGradients_.data();
  toRows.outStride = hidden.stride();
  toRows.rows = rows.count;
  toRows.columns = static_cast<uint32_t>(hidden.columns());
  toRows.depth = logits.examples;
  toRows.add = logits.first > 0;
  multiplySliced(toRows, slices_, stream);

  launch(sumColumns, (rows.count + kLanes - 1) / kLanes, kWarps * kLanes, kWarps * kLanes * sizeof(float), stream,
         logits.values, logits.stride, logits.examples, rows.count, biasGradients_.data(), logits.first > 0);
}

}  // namespace wordmill::cuda
