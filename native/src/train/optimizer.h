#pragma once

#include <cstdint>

#include "kernels/kernels.h"
#include "wordmill.h"

namespace wordmill {

class Table;

/// A rule of gradient descent and its constants, which others apply to their own memory: whole matrices, ranges of
/// rows, or some rows. It keeps nothing between steps, so threads may share it; the states it works on belong to the
/// caller, have the shape of the values, and begin as zeros.
class Optimizer {
 public:
  /// Throws WM_ERR_OPTION for a value out of range.
  explicit Optimizer(const wm_optimizer_options& options);

  /// 0, 1 or 2 numbers are kept beside each value.
  uint32_t states() const;

  /// Whether every value has a gradient, or only some rows have one: then the others stay as they are, their states
  /// too. It matters for Adam, whose epsilon torch's SparseAdam adds before the correction of the means, its Adam
  /// after it.
  enum class Gradient { kDense, kRows };

  /// The coefficients of a step, for Kernels::optimize. `number` is 1 at the first. Throws WM_ERR_OPTION for a learning
  /// rate that is negative or not finite.
  OptimizerStep step(uint64_t number, double learningRate, Gradient gradient) const;

 private:
  const wm_optimizer_options options_;
};

/// Values and what is kept beside them: rows of one length and stride (in floats). States that the rule does not keep
/// are NULL.
struct OptimizedRows {
  float* values;
  float* first;
  float* second;
  uint64_t columns;
  uint64_t stride;
};

/// Rows first .. first + count, by gradients of those rows that stand `gradientStride` floats apart.
void optimizeRange(const OptimizerStep& step, const OptimizedRows& rows, uint64_t first, uint64_t count,
                   const float* gradients, uint64_t gradientStride);

/// Rows ids[0] .. ids[count - 1], all different, by gradient i each.
void optimizeRows(const OptimizerStep& step, const OptimizedRows& rows, const uint32_t* ids, uint64_t count,
                  const float* gradients, uint64_t gradientStride);

}  // namespace wordmill
