#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "embedding/row_sums.h"
#include "matrix/matrix.h"
#include "next_token/next_token_batch.h"

namespace wordmill::cuda {

/// Gradients of the rows in contexts, position by position, as a source of RowSums.
struct ContextGradients {
  template <typename Numbers>
  __device__ Numbers at(uint32_t position, uint32_t part) const {
    const uint32_t example = position / contextSize;
    const uint32_t place = position - example * contextSize;
    const Numbers gradient = partOf<Numbers>(values + example * stride + place * placeStride, part);
    return shares != nullptr ? times(shares[example], gradient) : gradient;
  }

  const float* values;
  uint64_t stride;
  uint64_t placeStride;
  /// Of a mean: one over the tokens of each context.
  const float* shares;
  uint32_t contextSize;
};

/// From contexts to hidden vectors, h = x or M (x, 1), and back from their gradients to those of M and of the rows.
class HiddenLayer {
 public:
  HiddenLayer(NextTokenParameters& parameters, const wm_next_token_options& options);

  uint64_t columns() const { return columns_; }
  uint64_t stride() const { return stride_; }
  const float* hidden() const { return hidden_.data(); }
  float* gradient() const { return hiddenGradient_.data(); }

  void forward(const TokenBatch& batch, cudaStream_t stream);
  /// To x, when the hidden vectors have their gradients.
  void backward(const TokenBatch& batch, cudaStream_t stream);

  void updateMap(const TokenBatch& batch, cudaStream_t stream);
  ContextGradients contextGradients(const TokenBatch& batch) const;
  /// sink.take for each row of the input that stands in a context, with its gradient.
  template <typename Sink>
  void addRows(const TokenBatch& batch, const Sink& sink, cudaStream_t stream) {
    const uint64_t positions = uint64_t{batch.size} * batch.contextSize;
    const SortedPositions list = sorter_.sort(batch.contexts, positions, parameters_.input.rows(), stream);
    byNumbers(
        [&](auto numbers) { sums_.add<decltype(numbers)>(list, columns_, contextGradients(batch), sink, stream); },
        columns_);
  }
  void updateInput(const TokenBatch& batch, cudaStream_t stream);

 private:
  /// Room for batches of that size.
  void reserve(uint64_t size, cudaStream_t stream);
  bool hasMap() const { return parameters_.map.exists(); }
  void gather(const TokenBatch& batch, cudaStream_t stream);

  NextTokenParameters& parameters_;
  const bool concatenated_;
  const uint64_t columns_;
  const uint64_t stride_;
  const uint64_t width_;    // of x
  const uint64_t xStride_;  // with room for the 1 behind it
  DeviceArray<float> x_;
  DeviceArray<float> xGradient_;
  DeviceArray<float> hidden_;
  DeviceArray<float> hiddenGradient_;
  DeviceArray<float> mapGradient_;
  DeviceArray<float> shares_;
  DeviceArray<float> slices_;
  PositionSorter sorter_;
  RowSums sums_;
};

}  // namespace wordmill::cuda
