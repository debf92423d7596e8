#pragma once

#include <vector>

#include "kernels/kernels.h"
#include "sampling/alias_table.h"
#include "train/next_token/output_layer.h"

namespace wordmill {

/// Sampled softmax (Bengio & Senecal 2008; Jean et al. 2015): the target against samples that the batch shares. Each
/// logit is lowered by the logarithm of how often its row is expected among the samples, so that what is learned is the
/// softmax over all rows; samples that are the target are left out. Only for training.
class SampledSoftmax final : public OutputLayer {
 public:
  /// `expected`: log of how often each row is expected among the samples of a batch.
  SampledSoftmax(const NextTokenParameters& parameters, HiddenLayer& hidden, const std::atomic<bool>& cancelled,
                 const AliasTable& noise, const std::vector<float>& expected, uint32_t samples, uint64_t seed);

  void begin(const Batch& batch, uint64_t number) override;
  uint64_t packTasks() const override;
  void pack(uint64_t task) override;
  double score(const Batch& batch, Range examples, bool gradients, Scratch& scratch) override;
  uint64_t collectTasks() const override;
  void collect(uint64_t task, Scratch& scratch) override;
  uint64_t updateTasks() const override;
  void update(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch) override;
  bool changes(uint32_t row) const override { return groups_.find(row) != RowGroups::kNone; }

 private:
  double scoreExample(const Batch& batch, uint64_t example);

  const Kernels& kernel_;
  const AliasTable& noise_;
  const std::vector<float>& expected_;
  const uint64_t seed_;
  const uint64_t columns_;
  const uint64_t samples_;
  const uint64_t logitStride_;
  const uint64_t samplesOfTask_;
  size_t size_ = 0;
  std::vector<uint32_t> rows_;  // the targets of the batch, then its samples
  RowGroups groups_;
  LargeBuffer logits_;  // examples x samples; then the gradients of the logits
  std::vector<float> targetGradients_;
  std::vector<float> sampleGradients_;  // samples x columns
  std::vector<float> sampleBiasGradients_;
  PackedVectors rowsPacked_{PackedVectors::Side::kRight};
  PackedVectors columnsPacked_{PackedVectors::Side::kRight};
  PackedVectors hiddenPacked_{PackedVectors::Side::kRight};
};

}  // namespace wordmill
