#include "train/next_token/tree_softmax.h"

#include <algorithm>
#include <cmath>

#include "kernels/select.h"

namespace wordmill {
namespace {

constexpr size_t kGroupsOfTask = 128;

}  // namespace

TreeSoftmax::TreeSoftmax(const NextTokenParameters& parameters, HiddenLayer& hidden, const std::atomic<bool>& cancelled,
                         const HuffmanTree& tree)
    : OutputLayer(parameters, hidden, cancelled), kernel_(kernels()), tree_(tree), groups_(output().rows()) {}

void TreeSoftmax::begin(const Batch& batch, uint64_t) {
  size_ = batch.size();
  nodes_.clear();
  examples_.clear();
  starts_.clear();
  for (size_t i = 0; i < size_; ++i) {
    const HuffmanTree::Path path = tree_.path(batch.targets[i]);
    starts_.push_back(nodes_.size());
    nodes_.insert(nodes_.end(), path.nodes, path.nodes + path.length);
    examples_.insert(examples_.end(), path.length, static_cast<uint32_t>(i));
  }
  gradients_.resize(nodes_.size());
  groups_.group(nodes_.data(), nodes_.size(), RowGroups::kNone);
}

double TreeSoftmax::score(const Batch& batch, Range examples, bool gradients, Scratch& scratch) {
  const auto stride = static_cast<uint32_t>(hidden_.stride());
  const float batchShare = 1.0F / static_cast<float>(size_);
  std::vector<float*> rows;
  double loss = 0.0;
  for (uint64_t i = examples.first; i < examples.first + examples.count; ++i) {
    const HuffmanTree::Path path = tree_.path(batch.targets[i]);
    rows.resize(path.length);
    for (uint32_t k = 0; k < path.length; ++k) rows[k] = output().row(path.nodes[k]);
    scratch.logits.resize(path.length + 16);
    const float* const hidden = hidden_.hidden(i);
    TileStep products{};
    products.inputCount = 1;
    products.outputCount = path.length;
    products.columns = stride;
    products.inputs = &hidden;
    products.outputs = rows.data();
    products.logits = scratch.logits.data();
    kernel_.tileLogits(&products);
    float* const gradient = gradients_.data() + starts_[i];
    for (uint32_t k = 0; k < path.length; ++k) {
      const double logit = path.signs[k] * (scratch.logits[k] + bias().row(0)[path.nodes[k]]);
      const double e = std::exp(-std::fabs(logit));
      loss += std::log1p(e) + std::max(-logit, 0.0);
      const double missing = logit >= 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e);
      gradient[k] = -path.signs[k] * static_cast<float>(missing) * batchShare;
    }
    if (!gradients) continue;
    float* const sum = hidden_.hiddenGradient(i);
    std::fill(sum, sum + stride, 0.0F);
    for (uint32_t k = 0; k < path.length; ++k) kernel_.addToRows(&sum, &gradient[k], 1, stride, rows[k]);
  }
  return loss;
}

uint64_t TreeSoftmax::updateTasks() const { return (groups_.size() + kGroupsOfTask - 1) / kGroupsOfTask; }

void TreeSoftmax::update(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch) {
  const auto stride = static_cast<uint32_t>(hidden_.stride());
  for (size_t g = task * kGroupsOfTask; g < std::min(groups_.size(), (task + 1) * kGroupsOfTask); ++g) {
    scratch.gradients.assign(stride, 0.0F);
    float* const sum = scratch.gradients.data();
    float biasGradient = 0.0F;
    groups_.forEachPosition(g, [&](uint32_t i) {
      kernel_.addToRows(&sum, &gradients_[i], 1, stride, hidden_.hidden(examples_[i]));
      biasGradient += gradients_[i];
    });
    const uint32_t node = groups_.rows()[g];
    stepOutput(steps.rows, node, batch, sum);
    bias().stepNumber(steps.rowsBias, node, biasGradient);
  }
}

}  // namespace wordmill
