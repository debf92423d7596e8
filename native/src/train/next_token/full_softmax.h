#pragma once

#include <vector>

#include "kernels/kernels.h"
#include "train/next_token/output_layer.h"

namespace wordmill {

/// Softmax over all rows, or those that are counted: three products of matrices. Logits are made for a few examples at
/// a time, which then stay in the second level of cache until their gradient is known; the gradient of the output is
/// made for some rows at a time, and used at once.
class FullSoftmax final : public OutputLayer {
 public:
  /// `rows`: those that have a part, ascending.
  FullSoftmax(const NextTokenParameters& parameters, HiddenLayer& hidden, const std::atomic<bool>& cancelled,
              const std::vector<uint32_t>& rows);

  void begin(const Batch& batch, uint64_t number) override;
  uint64_t packTasks() const override;
  void pack(uint64_t task) override;
  double score(const Batch& batch, Range examples, bool gradients, Scratch& scratch) override;
  uint64_t updateTasks() const override;
  void update(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch) override;
  void finish(const OptimizerSteps& steps) override;
  bool changes(uint32_t row) const override { return indexOf_[row] != kAbsent; }

 private:
  static constexpr uint32_t kAbsent = UINT32_MAX;

  double lossOf(float* logits, uint32_t target, bool gradients) const;
  bool hasAllRows() const { return rows_ == indexOf_.size(); }

  const Kernels& kernel_;
  const std::vector<uint32_t>& rowAt_;
  std::vector<uint32_t> indexOf_;  // of a row among those that have a part
  const uint64_t rows_;
  const uint64_t columns_;
  const uint64_t logitStride_;
  const uint64_t rowsOfUpdate_;
  size_t size_ = 0;
  LargeBuffer logits_;  // examples x rows; then the gradients of the logits
  std::vector<float> biasGradient_;
  PackedVectors rowsPacked_{PackedVectors::Side::kRight};
  PackedVectors columnsPacked_{PackedVectors::Side::kRight};
  PackedVectors hiddenPacked_{PackedVectors::Side::kRight};
};

}  // namespace wordmill
