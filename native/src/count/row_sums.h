#pragma once

#include <cstdint>
#include <memory>

#include "count/matrix_rows.h"

namespace wordmill {

/// The sums of one row, dense: a bit tells which columns have been added to, and another one which words of those bits
/// are not empty, so that the columns come out in ascending order without being sorted.
class RowSums {
 public:
  explicit RowSums(uint64_t columns);
  static uint64_t bytesFor(uint64_t columns) { return columns * 8 + columns / 8 + columns / 512 + 24; }

  void add(uint32_t column, uint64_t value) {
    uint64_t& sum = sums_[column];
    if (sum == 0) {
      touched_[column >> 6U] |= uint64_t{1} << (column & 63U);
      summary_[column >> 12U] |= uint64_t{1} << ((column >> 6U) & 63U);
    }
    sum += value;
  }
  /// Appends the row and starts a new one.
  void drainTo(RowBatch& out);

 private:
  uint64_t summaryWords_;
  std::unique_ptr<uint64_t[]> sums_;
  std::unique_ptr<uint64_t[]> touched_;
  std::unique_ptr<uint64_t[]> summary_;
};

}  // namespace wordmill
