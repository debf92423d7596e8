#include "train/next_token/parameter.h"

#include <utility>

#include "memory/table.h"

namespace wordmill {

Parameter::Parameter(std::shared_ptr<Table> table, const Optimizer* rule) : table_(std::move(table)) {
  if (!table_) return;
  const uint32_t states = rule != nullptr ? rule->states() : 0;
  if (states >= 1) first_ = Table::create(WM_F32, table_->rows(), table_->columns());
  if (states >= 2) second_ = Table::create(WM_F32, table_->rows(), table_->columns());
  rows_ = {table_->trainable(), first_ ? first_->trainable() : nullptr, second_ ? second_->trainable() : nullptr,
           table_->columns(), table_->floatStride()};
}

uint64_t Parameter::rows() const { return table_->rows(); }

void Parameter::stepNumber(const OptimizerStep& step, uint64_t column, float gradient) const {
  const auto at = [column](float* row) { return row != nullptr ? row + column : nullptr; };
  optimizeRange(step, {at(rows_.values), at(rows_.first), at(rows_.second), 1, 0}, 0, 1, &gradient, 0);
}

}  // namespace wordmill
