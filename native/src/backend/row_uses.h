#pragma once

#include <vector>

#include "train/window_model.h"

namespace wordmill {

/// How often a centre of a window training uses each row, on average: what many learn for one row at the same time must
/// not be too much.
class RowUses {
 public:
  explicit RowUses(const WindowModel& model);

  /// Of a word of the text: each row that stands for it.
  const std::vector<float>& ofInput() const { return ofInput_; }
  /// Each row of the output, as target or as noise.
  const std::vector<float>& ofOutput() const { return ofOutput_; }
  /// Rows that a word is trained against: samples, and nodes of its path.
  double outputs() const { return outputs_; }

 private:
  void addNoise(const AliasTable& noise, uint32_t negatives);

  std::vector<float> ofInput_;
  std::vector<float> ofOutput_;
  double outputs_ = 0.0;
};

}  // namespace wordmill
