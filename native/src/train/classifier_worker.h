#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/job.h"
#include "sampling/random.h"
#include "train/classifier_model.h"
#include "train/noise_source.h"

namespace wordmill {

/// Linear classification of bags of features (Joulin et al. 2016): the mean of a line's rows against the labels.
/// Softmax and one-vs-all, which touch every label, take a few examples at a time, so that the output rows are read
/// once for all of them.
class ClassifierWorker final : public BlockWorker {
 public:
  explicit ClassifierWorker(const ClassifierModel& model);
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override;

 private:
  struct Example {
    std::vector<float*> rows;
    std::vector<uint32_t> labels;
  };

  uint64_t addExample(uint64_t line);
  /// Trains on the batch and empties it.
  double step(RandomStream& random, float rate);
  /// Softmax or one-vs-all: a batch against every label.
  double stepAll(RandomStream& random, float rate);
  double softmax(float* logits, uint32_t target);
  double sigmoids(float* logits, const std::vector<uint32_t>& labels);
  uint32_t thinOut(float* errors, float rate, RandomStream& random);
  /// One example against a few output rows.
  double stepFew(RandomStream& random, float rate);
  void addNegatives(uint32_t target);
  void addPath(uint32_t target);
  void addOutput(uint32_t row, float sign);
  TileStep makeStep(float* const* outputs, uint32_t outputCount, float rate);
  void updateInputs();
  static uint32_t oneOf(const std::vector<uint32_t>& labels, RandomStream& random);

  const ClassifierModel& model_;
  const Kernels& kernel_;
  const uint32_t columns_;
  const uint32_t labels_;
  NoiseSource noise_;

  std::vector<Example> batch_;
  uint32_t batchSize_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<float> hidden_;    // examples x columns
  std::vector<float> gradient_;  // examples x columns
  std::vector<const float*> hiddenRows_;
  std::vector<float*> gradientRows_;
  std::vector<float> factors_;

  std::vector<float*> allOutputs_;
  std::vector<float*> outputs_;
  uint32_t outputCount_ = 0;
  std::vector<float> logits_;
  std::vector<float> signs_;
  std::vector<float> weights_;
  std::vector<float> exponentials_;
};

}  // namespace wordmill
