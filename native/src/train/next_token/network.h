#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/team.h"
#include "sampling/alias_table.h"
#include "sampling/huffman.h"
#include "train/next_token/batch.h"
#include "train/next_token/hidden_layer.h"
#include "train/next_token/output_layer.h"
#include "train/optimizer.h"

namespace wordmill {

/// What the objective derives from how often each token occurs.
struct NextTokenCounts {
  /// `forTraining`: also what only training needs.
  NextTokenCounts(const wm_next_token_options& options, const NextTokenTables& tables, bool forTraining);

  /// that have a part in the softmax
  std::vector<uint32_t> rows;
  std::optional<HuffmanTree> tree;
  std::optional<AliasTable> noise;
  /// log of how often each row is expected among the samples of a batch
  std::vector<float> expected;
};

/// The layers of a network and the threads that work through a batch together. Work is cut into the same pieces for any
/// number of threads, and each sum is made in one order, so the number of threads changes nothing.
class NextTokenNetwork {
 public:
  /// `rule`: for training; NULL for the loss alone.
  NextTokenNetwork(const NextTokenTables& tables, const wm_next_token_options& options, const NextTokenCounts& counts,
                   const Optimizer* rule, const std::atomic<bool>& cancelled);

  /// The sum of -log p of the batch's targets.
  double loss(const Batch& batch);
  /// The same before a step of descent on its mean. Step numbers begin with 0. A cancelled step leaves parameters as
  /// they are, or some of them stepped.
  double step(const Batch& batch, uint64_t number, double rate);

 private:
  double passThrough(const Batch& batch, uint64_t number, bool gradients);
  void update(const Batch& batch, const OptimizerSteps& steps);

  const Optimizer* const rule_;
  const std::atomic<bool>& cancelled_;
  const NextTokenParameters parameters_;
  HiddenLayer hidden_;
  const std::unique_ptr<OutputLayer> output_;
  const uint64_t examplesOfTask_;
  Team team_;
  std::vector<Scratch> scratch_;
  std::vector<double> losses_;
};

}  // namespace wordmill
