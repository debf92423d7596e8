#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/packed_product.h"
#include "runtime/job.h"
#include "sampling/random.h"
#include "train/window_model.h"

namespace wordmill {

/// Skip-gram and CBOW against the full softmax over the vocabulary, a batch of hidden vectors at a time as packed
/// matrix products. Every step touches the whole output table, so its rows are updated under locks.
class SoftmaxWorker final : public BlockWorker {
 public:
  explicit SoftmaxWorker(WindowModel& model);
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override;

 private:
  void addSentence(RandomStream& random, float rate, UnitResult& result, const std::atomic<bool>& cancelled);
  /// One example: the mean or sum of the contexts' vectors predicts the target.
  void addExample(const uint32_t* words, uint32_t wordCount, uint32_t target);
  /// Trains on the batch and empties it.
  void step(float rate, UnitResult& result);
  void scoreAll();
  /// Logits become rate * (target - probability); returns the loss.
  double gradientsOfLogits(float rate);
  void updateOutput();
  void updateInputs();

  WindowModel& model_;
  const Kernels& kernel_;
  const uint64_t columns_;
  const uint64_t rows_;
  std::vector<uint32_t> sentence_;
  std::vector<uint32_t> window_;
  std::vector<const float*> contextRows_;
  std::vector<uint32_t> contexts_;  // of all examples of the batch, one after another
  std::vector<uint32_t> starts_;    // where each example's contexts begin
  std::vector<uint32_t> targets_;
  const size_t batch_;
  std::vector<float> hidden_;  // examples x columns
  std::vector<float> hiddenGradient_;
  std::vector<float> logits_;  // examples x rows
  PackedVectors left_;
  PackedVectors right_;
};

}  // namespace wordmill
