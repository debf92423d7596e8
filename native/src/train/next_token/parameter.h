#pragma once

#include <cstdint>
#include <memory>

#include "train/next_token/options.h"
#include "train/optimizer.h"
#include "wordmill.h"

namespace wordmill {

class Table;

/// A matrix that is trained, and what the optimiser keeps beside it.
class Parameter {
 public:
  /// Without a rule only to be read.
  Parameter(std::shared_ptr<Table> table, const Optimizer* rule);

  bool exists() const { return table_ != nullptr; }
  Table& table() const { return *table_; }
  float* row(uint64_t index) const { return rows_.values + index * rows_.stride; }
  uint64_t rows() const;
  uint64_t columns() const { return rows_.columns; }
  uint64_t stride() const { return rows_.stride; }

  /// One row, by the gradient of that row.
  void stepRow(const OptimizerStep& step, uint64_t row, const float* gradient) const {
    optimizeRange(step, rows_, row, 1, gradient, 0);
  }
  /// One number of the first row.
  void stepNumber(const OptimizerStep& step, uint64_t column, float gradient) const;

 private:
  std::shared_ptr<Table> table_;
  std::shared_ptr<Table> first_;
  std::shared_ptr<Table> second_;
  OptimizedRows rows_{};
};

/// Those of a network.
struct NextTokenParameters {
  NextTokenParameters(const NextTokenTables& tables, const Optimizer* rule)
      : input(tables.input, rule), map(tables.map, rule), ownOutput(tables.output, rule), bias(tables.bias, rule) {}

  bool isTied() const { return !ownOutput.exists(); }
  /// Whose rows the logits come from.
  const Parameter& output() const { return isTied() ? input : ownOutput; }

  const Parameter input;
  const Parameter map;
  const Parameter ownOutput;
  const Parameter bias;
};

}  // namespace wordmill
