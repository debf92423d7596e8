#pragma once

#include <cstdint>
#include <vector>

#include "count/cooccurrence.h"

namespace wordmill {

/// Gives the rows of a whole matrix one after another, by ascending column. The upper half of a symmetric matrix is
/// never held: each row waits in a list under its next column, and row r is joined by the rows that wait under r.
class SortedEntries {
 public:
  explicit SortedEntries(const Cooccurrence& matrix);

  /// Appends the values of row next() and goes on.
  void takeRow(std::vector<uint32_t>& columns, std::vector<double>& values);
  uint64_t next() const { return row_; }
  bool atEnd() const { return row_ == matrix_.rows(); }

 private:
  void waitUnderNextColumn(uint64_t row);

  const Cooccurrence& matrix_;
  uint64_t row_ = 0;
  std::vector<uint64_t> cursors_;        // of each row: its first entry that was not given as a column
  std::vector<uint32_t> firstOfColumn_;  // a row that waits under a column
  std::vector<uint32_t> nextInList_;     // another row that waits under the same
};

}  // namespace wordmill
