#include "train/next_token/hidden_layer.h"

#include <algorithm>
#include <cstring>

namespace wordmill {
namespace {

/// Rows of the map whose gradients are found together; a multiple of every panel would be no faster.
constexpr uint64_t kMapRows = 32;

uint64_t padded(uint64_t columns) { return (columns + 15) / 16 * 16; }

void addTo(float* sum, const float* values, uint64_t n, float factor) {
  for (uint64_t i = 0; i < n; ++i) sum[i] += factor * values[i];
}

}  // namespace

HiddenLayer::HiddenLayer(const NextTokenParameters& parameters, const wm_next_token_options& options)
    : concatenated_(options.context == WM_CONTEXT_CONCATENATED),
      input_(parameters.input),
      map_(parameters.map),
      columns_(input_.columns()),
      stride_(input_.stride()),
      width_(contextWidth(options, columns_)),
      xStride_(padded(width_ + 1)),
      groups_(input_.rows()) {}

void HiddenLayer::begin(const Batch& batch) {
  size_ = batch.size();
  groups_.group(batch.contexts.data(), batch.contexts.size(), RowGroups::kNone);
  hidden_.resize(size_ * stride_);
  hiddenGradient_.resize(size_ * stride_);
  if (!map_.exists()) return;
  x_.resize(size_ * xStride_);
  xGradient_.resize(size_ * xStride_);
  xElements_.resize(width_ + 1, size_);
}

void HiddenLayer::pack() {
  if (!map_.exists()) return;
  mapRows_.packRows(map_.row(0), map_.stride(), columns_, width_ + 1);
  mapColumns_.packColumns(map_.row(0), map_.stride(), width_, columns_);
}

void HiddenLayer::gather(const Batch& batch, uint64_t example, float* out) const {
  const uint32_t* const context = batch.contexts.data() + example * batch.contextSize;
  const uint32_t present = batch.present[example];
  std::fill(out, out + width_, 0.0F);
  for (uint32_t i = 0; i < present; ++i) {
    const float* const row = input_.row(context[i]);
    if (concatenated_) {
      std::memcpy(out + i * columns_, row, columns_ * sizeof(float));
    } else {
      addTo(out, row, columns_, 1.0F / static_cast<float>(present));
    }
  }
}

void HiddenLayer::forward(const Batch& batch, Range examples, Scratch& scratch) {
  const auto [first, count] = examples;
  if (!map_.exists()) {
    for (uint64_t i = first; i < first + count; ++i) gather(batch, i, hidden_.data() + i * stride_);
    return;
  }
  for (uint64_t i = first; i < first + count; ++i) {
    float* const x = x_.data() + i * xStride_;
    gather(batch, i, x);
    x[width_] = 1.0F;
  }
  const float* const x = x_.data() + first * xStride_;
  scratch.left.packRows(x, xStride_, count, width_ + 1);
  multiplyInParts(scratch.left, mapRows_, {0, 0, width_ + 1, {0, columns_}}, hidden_.data() + first * stride_, stride_);
  xElements_.packElements(x, xStride_, examples);
}

void HiddenLayer::backward(Range examples, Scratch& scratch) {
  if (!map_.exists()) return;
  const auto [first, count] = examples;
  scratch.left.packRows(hiddenGradient_.data() + first * stride_, stride_, count, columns_);
  multiplyInParts(scratch.left, mapColumns_, {0, 0, columns_, {0, width_}}, xGradient_.data() + first * xStride_,
                  xStride_);
}

uint64_t HiddenLayer::mapTasks() const { return map_.exists() ? (columns_ + kMapRows - 1) / kMapRows : 0; }

void HiddenLayer::updateMap(uint64_t task, const OptimizerSteps& steps, Scratch& scratch) {
  const uint64_t first = task * kMapRows;
  const uint64_t rows = std::min(kMapRows, columns_ - first);
  scratch.left.packColumns(hiddenGradient_.data() + first, stride_, rows, size_);
  scratch.gradients.resize(kMapRows * xStride_);
  multiplyInParts(scratch.left, xElements_, {0, 0, size_, {0, width_ + 1}}, scratch.gradients.data(), xStride_);
  for (uint64_t r = 0; r < rows; ++r) {
    map_.stepRow(steps.dense, first + r, scratch.gradients.data() + r * xStride_);
  }
}

uint64_t HiddenLayer::inputTasks() const { return (groups_.size() + kGroupsOfTask - 1) / kGroupsOfTask; }

void HiddenLayer::addRowGradient(const Batch& batch, uint32_t row, float* gradient) const {
  const uint32_t group = groups_.find(row);
  if (group == RowGroups::kNone) return;
  groups_.forEachPosition(group, [&](uint32_t i) {
    const uint32_t example = i / batch.contextSize;
    const float* const from =
        map_.exists() ? xGradient_.data() + example * xStride_ : hiddenGradient_.data() + example * stride_;
    if (concatenated_) {
      addTo(gradient, from + i % batch.contextSize * columns_, columns_, 1.0F);
    } else {
      addTo(gradient, from, columns_, 1.0F / static_cast<float>(batch.present[example]));
    }
  });
}

}  // namespace wordmill
