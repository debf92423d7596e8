#include "embedding/trained_rows.h"

namespace wordmill::cuda {

OptimizedRows TrainedRows::optimized(int32_t rule) {
  if (rule != rule_) {
    first_ = DeviceRows();
    second_ = DeviceRows();
    rule_ = kPlain;  // as long as states are missing
    if (exists() && rule != kPlain) first_ = DeviceRows::zeros(rows(), columns());
    if (exists() && rule == kAdam) second_ = DeviceRows::zeros(rows(), columns());
    rule_ = rule;
  }
  return {data(), first_.data(), second_.data(), stride()};
}

}  // namespace wordmill::cuda
