#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "train/next_token/batch.h"
#include "train/next_token/parameter.h"
#include "train/next_token/scratch.h"
#include "train/next_token/steps.h"
#include "train/row_groups.h"

namespace wordmill {

/// From contexts to hidden vectors, h = x or M (x, 1), and back from their gradients to those of M and of the rows. The
/// parts of a batch are worked on by several threads, each method on its own range of examples or tasks.
class HiddenLayer {
 public:
  HiddenLayer(const NextTokenParameters& parameters, const wm_next_token_options& options);

  uint64_t columns() const { return columns_; }
  /// Floats from one hidden vector to the next.
  uint64_t stride() const { return stride_; }
  const float* hidden(uint64_t example) const { return hidden_.data() + example * stride_; }
  float* hiddenGradient(uint64_t example) { return hiddenGradient_.data() + example * stride_; }

  /// Before all else of a batch, by one thread.
  void begin(const Batch& batch);
  /// The map, by one thread too.
  void pack();
  void forward(const Batch& batch, Range examples, Scratch& scratch);
  void backward(Range examples, Scratch& scratch);

  /// Then the parameters by their gradients. Rows of the input may belong to the output too (`isElsewhere`): those are
  /// left to it, which asks for their part of the gradient.
  uint64_t mapTasks() const;
  void updateMap(uint64_t task, const OptimizerSteps& steps, Scratch& scratch);
  uint64_t inputTasks() const;
  template <class IsElsewhere>
  void updateInput(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch,
                   IsElsewhere&& isElsewhere) {
    for (size_t g = task * kGroupsOfTask; g < std::min(groups_.size(), (task + 1) * kGroupsOfTask); ++g) {
      const uint32_t row = groups_.rows()[g];
      if (isElsewhere(row)) continue;
      scratch.gradients.assign(columns_, 0.0F);
      addRowGradient(batch, row, scratch.gradients.data());
      input_.stepRow(steps.rows, row, scratch.gradients.data());
    }
  }
  void addRowGradient(const Batch& batch, uint32_t row, float* gradient) const;

 private:
  static constexpr size_t kGroupsOfTask = 128;

  void gather(const Batch& batch, uint64_t example, float* out) const;

  const bool concatenated_;
  const Parameter& input_;
  const Parameter& map_;
  const uint64_t columns_;
  const uint64_t stride_;
  const uint64_t width_;    // of x
  const uint64_t xStride_;  // with room for the 1 behind it
  size_t size_ = 0;
  RowGroups groups_;
  std::vector<float> x_;
  std::vector<float> xGradient_;
  std::vector<float> hidden_;
  std::vector<float> hiddenGradient_;
  PackedVectors mapRows_{PackedVectors::Side::kRight};
  PackedVectors mapColumns_{PackedVectors::Side::kRight};
  PackedVectors xElements_{PackedVectors::Side::kRight};
};

}  // namespace wordmill
