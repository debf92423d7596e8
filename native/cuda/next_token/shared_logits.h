#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdint>

#include "matrix/matrix.h"
#include "next_token/next_token_hidden.h"

namespace wordmill::cuda {

/// Rows that all examples of a batch are multiplied with: all of the output, or samples.
struct SharedRows {
  const float* values;
  uint64_t stride;
  uint32_t count;
};

/// Logits of some examples: in their place come the gradients.
struct Logits {
  float* values;
  uint64_t stride;
  uint32_t first;  ///< example
  uint32_t examples;
};

/// The three products of a softmax over shared rows: from hidden vectors to logits, and from the logits' gradients to
/// those of the hidden vectors and of the rows. The examples go through in parts, as their logits take much memory.
class SharedLogits {
 public:
  void reserve(uint64_t size, uint64_t rows, uint64_t columns, cudaStream_t stream);

  /// normalize(logits): turns logits of some examples into gradients. `add`: it has also begun the gradients of the
  /// hidden vectors, which others add to.
  template <typename Normalize>
  void score(uint32_t size, const HiddenLayer& hidden, const SharedRows& rows, bool add, Normalize&& normalize,
             cudaStream_t stream) {
    reserve(size, rows.count, hidden.columns(), stream);
    for (uint32_t first = 0; first < size; first += kExamplesTogether) {
      const Logits logits = {logits_.data(), strideOf(rows.count), first, std::min(kExamplesTogether, size - first)};
      multiplyHidden(logits, hidden, rows, stream);
      normalize(logits);
      multiplyGradients(logits, hidden, rows, add, stream);
    }
  }

  /// Of the rows, and of what was added to their logits, once all examples went through.
  float* rowGradients() const { return rowGradients_.data(); }
  float* biasGradients() const { return biasGradients_.data(); }

 private:
  static constexpr uint32_t kExamplesTogether = 512;
  static uint64_t strideOf(uint64_t rows) { return (rows + 7) / 8 * 8; }

  void multiplyHidden(const Logits& logits, const HiddenLayer& hidden, const SharedRows& rows, cudaStream_t stream);
  void multiplyGradients(const Logits& logits, const HiddenLayer& hidden, const SharedRows& rows, bool add,
                         cudaStream_t stream);

  DeviceArray<float> logits_;
  DeviceArray<float> rowGradients_;
  DeviceArray<float> biasGradients_;
  DeviceArray<float> slices_;
};

}  // namespace wordmill::cuda
