#include "train/next_token/full_softmax.h"

#include <algorithm>
#include <cmath>

#include "kernels/select.h"

namespace wordmill {
namespace {

/// Rows packed by a task, and multiplied at a time; a multiple of every panel.
constexpr uint64_t kRowsOfPart = 768;
/// Panels of rows whose gradient a task finds.
constexpr uint64_t kPanelsOfUpdate = 16;

/// A stride that is no power of two, which would put the same column of all examples into one set of the cache.
uint64_t strideOf(uint64_t rows) { return (rows + 31) / 32 * 32 + 16; }

}  // namespace

FullSoftmax::FullSoftmax(const NextTokenParameters& parameters, HiddenLayer& hidden, const std::atomic<bool>& cancelled,
                         const std::vector<uint32_t>& rows)
    : OutputLayer(parameters, hidden, cancelled),
      kernel_(kernels()),
      rowAt_(rows),
      indexOf_(output().rows(), kAbsent),
      rows_(rows.size()),
      columns_(output().columns()),
      logitStride_(strideOf(rows_)),
      rowsOfUpdate_(kPanelsOfUpdate * kernel_.gemmRows),
      biasGradient_(rows_) {
  for (uint32_t i = 0; i < rows_; ++i) indexOf_[rowAt_[i]] = i;
  rowsPacked_.resize(rows_, columns_ + 1);
  columnsPacked_.resize(columns_, rows_);
}

void FullSoftmax::begin(const Batch& batch, uint64_t) {
  size_ = batch.size();
  logits_.resize(size_ * logitStride_);
  hiddenPacked_.resize(columns_, size_);
}

uint64_t FullSoftmax::packTasks() const { return (rows_ + kRowsOfPart - 1) / kRowsOfPart; }

void FullSoftmax::pack(uint64_t task) {
  const uint64_t first = task * kRowsOfPart;
  const uint64_t count = std::min(kRowsOfPart, rows_ - first);
  const float* rows[kRowsOfPart];
  for (uint64_t r = 0; r < count; ++r) rows[r] = output().row(rowAt_[first + r]);
  rowsPacked_.packPart(rows, {first, count}, columns_);
  for (uint64_t r = first; r < first + count; ++r) rowsPacked_.at(r, columns_) = bias().row(0)[rowAt_[r]];
  if (hasAllRows()) return columnsPacked_.packElements(rows[0], output().stride(), {first, count});
  for (uint64_t r = 0; r < count; ++r) columnsPacked_.packElements(rows[r], 0, {first + r, 1});
}

double FullSoftmax::score(const Batch& batch, Range examples, bool gradients, Scratch& scratch) {
  const auto [first, count] = examples;
  scratch.rows.resize(count);
  for (uint64_t i = 0; i < count; ++i) scratch.rows[i] = hidden_.hidden(first + i);
  PackedVectors& left = scratch.left;
  left.resize(count, columns_ + 1);
  left.packPart(scratch.rows.data(), {0, count}, columns_);
  for (uint64_t i = 0; i < count; ++i) left.at(i, columns_) = 1.0F;
  float* const logits = logits_.data() + first * logitStride_;
  for (uint64_t row = 0; row < rows_; row += kRowsOfPart) {
    if (isCancelled()) return 0.0;
    const Range part = {row, std::min(kRowsOfPart, rows_ - row)};
    multiplyPart(left, rowsPacked_, {0, 0, columns_ + 1, part}, logits + row, logitStride_, false);
  }
  double loss = 0.0;
  for (uint64_t i = 0; i < count; ++i) {
    loss += lossOf(logits + i * logitStride_, indexOf_[batch.targets[first + i]], gradients);
  }
  if (!gradients) return loss;

  for (uint64_t row = 0; row < rows_; row += kProductDepth) {
    if (isCancelled()) return loss;
    const uint64_t depth = std::min(kProductDepth, rows_ - row);
    left.packRows(logits + row, logitStride_, count, depth);
    multiplyPart(left, columnsPacked_, {0, row, depth, {0, columns_}}, hidden_.hiddenGradient(first), hidden_.stride(),
                 row > 0);
  }
  hiddenPacked_.packElements(hidden_.hidden(first), hidden_.stride(), examples);
  return loss;
}

/// -log p of the target; the logits become gradients of the mean over the batch.
double FullSoftmax::lossOf(float* logits, uint32_t target, bool gradients) const {
  const float wanted = logits[target];
  const float max = kernel_.maxOf(logits, rows_);
  const float sum = kernel_.expSum(logits, rows_, max);
  if (gradients) {
    const float batchShare = 1.0F / static_cast<float>(size_);
    const float scale = batchShare / sum;
    for (uint64_t r = 0; r < rows_; ++r) logits[r] *= scale;
    logits[target] -= batchShare;
  }
  return std::log(static_cast<double>(sum)) + max - wanted;
}

uint64_t FullSoftmax::updateTasks() const { return (rows_ + rowsOfUpdate_ - 1) / rowsOfUpdate_; }

void FullSoftmax::update(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch) {
  const uint64_t first = task * rowsOfUpdate_;
  const uint64_t count = std::min(rowsOfUpdate_, rows_ - first);
  PackedVectors& left = scratch.left;
  left.packColumns(logits_.data() + first, logitStride_, count, size_);
  for (uint64_t r = 0; r < count; r += left.panel()) {
    float sums[64] = {};
    const float* values = left.panelAt(r);
    for (size_t i = 0; i < size_; ++i, values += left.panel()) {
      for (uint32_t k = 0; k < left.panel(); ++k) sums[k] += values[k];
    }
    std::copy(sums, sums + std::min<uint64_t>(left.panel(), count - r), biasGradient_.data() + first + r);
  }
  const uint64_t stride = hidden_.stride();
  scratch.gradients.resize(rowsOfUpdate_ * stride);
  multiplyInParts(left, hiddenPacked_, {0, 0, size_, {0, columns_}}, scratch.gradients.data(), stride);
  for (uint64_t r = 0; r < count; ++r) {
    stepOutput(steps.dense, rowAt_[first + r], batch, scratch.gradients.data() + r * stride);
  }
}

void FullSoftmax::finish(const OptimizerSteps& steps) {
  if (hasAllRows()) return bias().stepRow(steps.denseBias, 0, biasGradient_.data());
  for (uint64_t r = 0; r < rows_; ++r) bias().stepNumber(steps.denseBias, rowAt_[r], biasGradient_[r]);
}

}  // namespace wordmill
