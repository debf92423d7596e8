#pragma once

#include <utility>

#include "device/memory.h"
#include "embedding/optimizer.h"

namespace wordmill::cuda {

/// Rows on the device that an optimiser trains, and what it keeps beside them.
class TrainedRows {
 public:
  TrainedRows() = default;
  explicit TrainedRows(const wm_backend_rows& rows) : values_(rows) {}
  explicit TrainedRows(DeviceRows rows) : values_(std::move(rows)) {}

  bool exists() const { return values_.exists(); }
  const DeviceRows& values() const { return values_; }
  float* data() const { return values_.data(); }
  uint64_t rows() const { return values_.rows(); }
  uint64_t columns() const { return values_.columns(); }
  uint64_t stride() const { return values_.stride(); }

  /// For a step by that rule: states begin as zeros when a rule is first asked for, and anew with another rule.
  OptimizedRows optimized(int32_t rule);
  void read() const { values_.read(); }

 private:
  DeviceRows values_;
  DeviceRows first_;
  DeviceRows second_;
  int32_t rule_ = kPlain;
};

}  // namespace wordmill::cuda
