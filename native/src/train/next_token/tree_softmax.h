#pragma once

#include <vector>

#include "kernels/kernels.h"
#include "sampling/huffman.h"
#include "train/next_token/output_layer.h"

namespace wordmill {

/// Hierarchical softmax: p of a token is the product of the decisions on its path through the Huffman tree, each
/// sigmoid(+-(node . h + bias)).
class TreeSoftmax final : public OutputLayer {
 public:
  TreeSoftmax(const NextTokenParameters& parameters, HiddenLayer& hidden, const std::atomic<bool>& cancelled,
              const HuffmanTree& tree);

  void begin(const Batch& batch, uint64_t number) override;
  double score(const Batch& batch, Range examples, bool gradients, Scratch& scratch) override;
  uint64_t updateTasks() const override;
  void update(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch) override;
  bool changes(uint32_t) const override { return false; }

 private:
  const Kernels& kernel_;
  const HuffmanTree& tree_;
  size_t size_ = 0;
  std::vector<uint32_t> nodes_;     // of the paths of all examples, one after another
  std::vector<uint32_t> examples_;  // of each of them
  std::vector<uint64_t> starts_;    // where each example's path begins
  std::vector<float> gradients_;    // of the logit at each of them
  RowGroups groups_;
};

}  // namespace wordmill
