#pragma once

#include <cstdint>
#include <vector>

#include "memory/growing_array.h"

namespace wordmill {

/// Rows of a matrix one after another: columns ascending in each, and their values.
struct RowBatch {
  std::vector<uint64_t> lengths;
  std::vector<uint32_t> columns;
  std::vector<double> values;

  void add(uint32_t column, double value) {
    columns.push_back(column);
    values.push_back(value);
  }
};

/// All rows, as far as they have been appended.
class MatrixRows {
 public:
  explicit MatrixRows(const Storage& storage);

  void append(const RowBatch& batch);
  /// Moves to temporary files.
  void spill();
  /// Gives back the room beyond the last entry.
  void finish();
  /// Lets pages of temporary files leave the memory of this process.
  void letGo() const;

  GrowingArray<uint64_t> offsets;  // of each row, and the number of entries
  GrowingArray<uint32_t> columns;
  GrowingArray<double> values;
};

}  // namespace wordmill
