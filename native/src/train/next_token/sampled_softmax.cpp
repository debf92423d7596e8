#include "train/next_token/sampled_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/select.h"
#include "sampling/random.h"

namespace wordmill {
namespace {

/// Samples packed by a task; a multiple of every panel.
constexpr uint64_t kSamplesOfPart = 192;
constexpr uint64_t kPanelsOfCollect = 8;
constexpr size_t kGroupsOfTask = 128;
/// The streams of samples, apart from those of the order of tokens.
constexpr uint64_t kSampleStream = 0x53414D504C45;

}  // namespace

SampledSoftmax::SampledSoftmax(const NextTokenParameters& parameters, HiddenLayer& hidden,
                               const std::atomic<bool>& cancelled, const AliasTable& noise,
                               const std::vector<float>& expected, uint32_t samples, uint64_t seed)
    : OutputLayer(parameters, hidden, cancelled),
      kernel_(kernels()),
      noise_(noise),
      expected_(expected),
      seed_(seed),
      columns_(output().columns()),
      samples_(samples),
      logitStride_((samples_ + 31) / 32 * 32 + 16),
      samplesOfTask_(kPanelsOfCollect * kernel_.gemmRows),
      groups_(output().rows()),
      sampleGradients_(samples_ * hidden.stride()),
      sampleBiasGradients_(samples_) {
  rowsPacked_.resize(samples_, columns_ + 1);
  columnsPacked_.resize(columns_, samples_);
}

void SampledSoftmax::begin(const Batch& batch, uint64_t number) {
  size_ = batch.size();
  rows_.resize(size_ + samples_);
  std::copy(batch.targets.begin(), batch.targets.end(), rows_.begin());
  RandomStream random(seed_, kSampleStream, number);
  noise_.draw(random, rows_.data() + size_, samples_);
  groups_.group(rows_.data(), rows_.size(), RowGroups::kNone);
  logits_.resize(size_ * logitStride_);
  targetGradients_.resize(size_);
  hiddenPacked_.resize(columns_, size_);
}

uint64_t SampledSoftmax::packTasks() const { return (samples_ + kSamplesOfPart - 1) / kSamplesOfPart; }

void SampledSoftmax::pack(uint64_t task) {
  const uint64_t first = task * kSamplesOfPart;
  const uint64_t count = std::min(kSamplesOfPart, samples_ - first);
  const float* rows[kSamplesOfPart];
  for (uint64_t s = 0; s < count; ++s) {
    const uint32_t row = rows_[size_ + first + s];
    rows[s] = output().row(row);
    columnsPacked_.packElements(rows[s], 0, {first + s, 1});
  }
  rowsPacked_.packPart(rows, {first, count}, columns_);
  for (uint64_t s = first; s < first + count; ++s) {
    const uint32_t row = rows_[size_ + s];
    rowsPacked_.at(s, columns_) = bias().row(0)[row] - expected_[row];
  }
}

double SampledSoftmax::score(const Batch& batch, Range examples, bool gradients, Scratch& scratch) {
  const auto [first, count] = examples;
  scratch.rows.resize(count);
  for (uint64_t i = 0; i < count; ++i) scratch.rows[i] = hidden_.hidden(first + i);
  PackedVectors& left = scratch.left;
  left.resize(count, columns_ + 1);
  left.packPart(scratch.rows.data(), {0, count}, columns_);
  for (uint64_t i = 0; i < count; ++i) left.at(i, columns_) = 1.0F;
  float* const logits = logits_.data() + first * logitStride_;
  multiplyPart(left, rowsPacked_, {0, 0, columns_ + 1, {0, samples_}}, logits, logitStride_, false);
  double loss = 0.0;
  for (uint64_t i = first; i < first + count; ++i) loss += scoreExample(batch, i);
  if (!gradients) return loss;

  for (uint64_t s = 0; s < samples_; s += kProductDepth) {
    const uint64_t depth = std::min(kProductDepth, samples_ - s);
    left.packRows(logits + s, logitStride_, count, depth);
    multiplyPart(left, columnsPacked_, {0, s, depth, {0, columns_}}, hidden_.hiddenGradient(first), hidden_.stride(),
                 s > 0);
  }
  const auto stride = static_cast<uint32_t>(hidden_.stride());
  for (uint64_t i = first; i < first + count; ++i) {
    float* const gradient = hidden_.hiddenGradient(i);
    kernel_.addToRows(&gradient, &targetGradients_[i], 1, stride, output().row(batch.targets[i]));
  }
  hiddenPacked_.packElements(hidden_.hidden(first), hidden_.stride(), examples);
  return loss;
}

/// -log p of the target; the logits become gradients of the mean over the batch.
double SampledSoftmax::scoreExample(const Batch& batch, uint64_t example) {
  const uint32_t target = batch.targets[example];
  float* const logits = logits_.data() + example * logitStride_;
  float wanted = 0.0F;
  kernel_.dotRows(output().row(target), 0, kRowF32, 1, columns_, hidden_.hidden(example), &wanted);
  wanted += bias().row(0)[target] - expected_[target];
  for (uint64_t s = 0; s < samples_; ++s) {
    if (rows_[size_ + s] == target) logits[s] = -std::numeric_limits<float>::infinity();
  }
  const float max = std::max(kernel_.maxOf(logits, samples_), wanted);
  const float own = std::exp(wanted - max);
  const float sum = kernel_.expSum(logits, samples_, max) + own;
  const float batchShare = 1.0F / static_cast<float>(size_);
  const float scale = batchShare / sum;
  for (uint64_t s = 0; s < samples_; ++s) logits[s] = rows_[size_ + s] == target ? 0.0F : logits[s] * scale;
  targetGradients_[example] = own * scale - batchShare;
  return std::log(static_cast<double>(sum)) + max - wanted;
}

uint64_t SampledSoftmax::collectTasks() const { return (samples_ + samplesOfTask_ - 1) / samplesOfTask_; }

void SampledSoftmax::collect(uint64_t task, Scratch& scratch) {
  const uint64_t first = task * samplesOfTask_;
  const uint64_t count = std::min(samplesOfTask_, samples_ - first);
  const uint64_t stride = hidden_.stride();
  scratch.left.packColumns(logits_.data() + first, logitStride_, count, size_);
  multiplyInParts(scratch.left, hiddenPacked_, {0, 0, size_, {0, columns_}}, sampleGradients_.data() + first * stride,
                  stride);
  std::fill_n(sampleBiasGradients_.begin() + static_cast<int64_t>(first), count, 0.0F);
  for (size_t i = 0; i < size_; ++i) {
    const float* const gradients = logits_.data() + i * logitStride_ + first;
    for (uint64_t s = 0; s < count; ++s) sampleBiasGradients_[first + s] += gradients[s];
  }
}

uint64_t SampledSoftmax::updateTasks() const { return (groups_.size() + kGroupsOfTask - 1) / kGroupsOfTask; }

void SampledSoftmax::update(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch) {
  const auto stride = static_cast<uint32_t>(hidden_.stride());
  for (size_t g = task * kGroupsOfTask; g < std::min(groups_.size(), (task + 1) * kGroupsOfTask); ++g) {
    scratch.gradients.assign(stride, 0.0F);
    float* const sum = scratch.gradients.data();
    float biasGradient = 0.0F;
    groups_.forEachPosition(g, [&](uint32_t i) {
      if (i < size_) {
        kernel_.addToRows(&sum, &targetGradients_[i], 1, stride, hidden_.hidden(i));
        biasGradient += targetGradients_[i];
      } else {
        const uint64_t sample = i - size_;
        const float one = 1.0F;
        kernel_.addToRows(&sum, &one, 1, stride, sampleGradients_.data() + sample * stride);
        biasGradient += sampleBiasGradients_[sample];
      }
    });
    const uint32_t row = groups_.rows()[g];
    stepOutput(steps.rows, row, batch, sum);
    bias().stepNumber(steps.rowsBias, row, biasGradient);
  }
}

}  // namespace wordmill
