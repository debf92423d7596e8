#include "next_token/next_token_hidden.h"

#include "embedding/row_steps.h"

namespace wordmill::cuda {
namespace {

/// x of each example, and where there is a map the 1 behind it.
struct ContextVectors {
  float* values;
  uint64_t stride;
  uint64_t width;
  bool hasOne;
};

__device__ inline void putOne(const ContextVectors& out, uint64_t example) {
  if (out.hasOne) out.values[example * out.stride + out.width] = 1.0F;
}

/// The mean of each context's rows, and one over their number.
template <typename Numbers>
__global__ void __launch_bounds__(kThreadsForParts)
    meanOfContexts(const float* table, uint64_t stride, uint32_t parts, const uint32_t* contexts, uint32_t contextSize,
                   uint32_t size, ContextVectors out, float* shares) {
  const uint64_t thread = threadForPart();
  const uint64_t example = thread / parts;
  const auto part = static_cast<uint32_t>(thread - example * parts);
  if (example >= size) return;
  const uint32_t* const context = contexts + example * contextSize;
  uint32_t present = 0;
  while (present < contextSize && context[present] != kNoToken) ++present;
  const float share = present > 0 ? 1.0F / static_cast<float>(present) : 0.0F;
  Numbers sum = zeros<Numbers>();
#pragma unroll 4
  for (uint32_t i = 0; i < present; ++i) {
    sum = plus(sum, times(share, partOf<Numbers>(table + context[i] * stride, part)));
  }
  partOf<Numbers>(out.values + example * out.stride, part) = sum;
  if (part > 0) return;
  shares[example] = share;
  putOne(out, example);
}

/// The rows of each context one after another, zeros where there is none.
template <typename Numbers>
__global__ void __launch_bounds__(kThreadsForParts)
    joinContexts(const float* table, uint64_t stride, uint32_t parts, const uint32_t* contexts, uint32_t contextSize,
                 uint32_t size, ContextVectors out) {
  const uint64_t thread = threadForPart();
  const uint64_t position = thread / parts;
  const auto part = static_cast<uint32_t>(thread - position * parts);
  const uint64_t example = position / contextSize;
  if (example >= size) return;
  const auto place = static_cast<uint32_t>(position - example * contextSize);
  const uint32_t row = contexts[position];
  partOf<Numbers>(out.values + example * out.stride, place * parts + part) =
      row != kNoToken ? partOf<Numbers>(table + row * stride, part) : zeros<Numbers>();
  if (place == 0 && part == 0) putOne(out, example);
}

uint64_t strideFor(uint64_t columns) { return (columns + 7) / 8 * 8; }

}  // namespace

HiddenLayer::HiddenLayer(NextTokenParameters& parameters, const wm_next_token_options& options)
    : parameters_(parameters),
      concatenated_(options.context == WM_CONTEXT_CONCATENATED),
      columns_(parameters.input.columns()),
      stride_(strideFor(columns_)),
      width_(concatenated_ ? options.context_size * columns_ : columns_),
      xStride_(strideFor(width_ + 1)) {}

void HiddenLayer::reserve(uint64_t size, cudaStream_t stream) {
  hidden_.reserveIdle(size * stride_, stream);
  hiddenGradient_.reserveIdle(size * stride_, stream);
  shares_.reserveIdle(size, stream);
  if (!hasMap()) return;
  x_.reserveIdle(size * xStride_, stream);
  xGradient_.reserveIdle(size * xStride_, stream);
  mapGradient_.reserveIdle(columns_ * xStride_, stream);
}

void HiddenLayer::gather(const TokenBatch& batch, cudaStream_t stream) {
  const ContextVectors out = hasMap() ? ContextVectors{x_.data(), xStride_, width_, true}
                                      : ContextVectors{hidden_.data(), stride_, columns_, false};
  const TrainedRows& input = parameters_.input;
  byNumbers(
      [&](auto numbers) {
        using Numbers = decltype(numbers);
        const auto parts = static_cast<uint32_t>(columns_ / kNumbersOf<Numbers>);
        if (concatenated_) {
          launch(joinContexts<Numbers>, blocksForParts(uint64_t{batch.size} * batch.contextSize * parts),
                 kThreadsForParts, 0, stream, input.data(), input.stride(), parts, batch.contexts, batch.contextSize,
                 batch.size, out);
        } else {
          launch(meanOfContexts<Numbers>, blocksForParts(uint64_t{batch.size} * parts), kThreadsForParts, 0, stream,
                 input.data(), input.stride(), parts, batch.contexts, batch.contextSize, batch.size, out,
                 shares_.data());
        }
      },
      columns_);
}

void HiddenLayer::forward(const TokenBatch& batch, cudaStream_t stream) {
  reserve(batch.size, stream);
  gather(batch, stream);
  if (!hasMap()) return;
  Product product;
  product.operands = Operands::kRowsByRows;
  product.left = x_.data();
  product.leftStride = xStride_;
  product.right = parameters_.map.data();
  product.rightStride = parameters_.map.stride();
  product.out = hidden_.data();
  product.outStride = stride_;
  product.rows = batch.size;
  product.columns = static_cast<uint32_t>(columns_);
  product.depth = static_cast<uint32_t>(width_ + 1);
  multiplySliced(product, slices_, stream);
}

void HiddenLayer::backward(const TokenBatch& batch, cudaStream_t stream) {
  if (!hasMap()) return;
  Product product;
  product.operands = Operands::kRowsByColumns;
  product.left = hiddenGradient_.data();
  product.leftStride = stride_;
  product.right = parameters_.map.data();
  product.rightStride = parameters_.map.stride();
  product.out = xGradient_.data();
  product.outStride = xStride_;
  product.rows = batch.size;
  product.columns = static_cast<uint32_t>(width_);
  product.depth = static_cast<uint32_t>(columns_);
  multiplySliced(product, slices_, stream);
}

void HiddenLayer::updateMap(const TokenBatch& batch, cudaStream_t stream) {
  if (!hasMap()) return;
  Product product;
  product.operands = Operands::kColumnsByColumns;
  product.left = hiddenGradient_.data();
  product.leftStride = stride_;
  product.right = x_.data();
  product.rightStride = xStride_;
  product.out = mapGradient_.data();
  product.outStride = xStride_;
  product.rows = static_cast<uint32_t>(columns_);
  product.columns = static_cast<uint32_t>(width_ + 1);
  product.depth = batch.size;
  multiplySliced(product, slices_, stream);
  const RowSteps steps = {parameters_.map.optimized(batch.dense.rule), batch.dense, batch.stopped};
  stepDense(steps, {mapGradient_.data(), xStride_, nullptr, columns_}, width_ + 1, stream);
}

ContextGradients HiddenLayer::contextGradients(const TokenBatch& batch) const {
  ContextGradients out{};
  out.values = hasMap() ? xGradient_.data() : hiddenGradient_.data();
  out.stride = hasMap() ? xStride_ : stride_;
  out.placeStride = concatenated_ ? columns_ : 0;
  out.shares = concatenated_ ? nullptr : shares_.data();
  out.contextSize = batch.contextSize;
  return out;
}

void HiddenLayer::updateInput(const TokenBatch& batch, cudaStream_t stream) {
  addRows(batch, RowSteps{parameters_.input.optimized(batch.rows.rule), batch.rows, batch.stopped}, stream);
}

}  // namespace wordmill::cuda
