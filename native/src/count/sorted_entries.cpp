#include "count/sorted_entries.h"

#include <algorithm>

namespace wordmill {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

}  // namespace

SortedEntries::SortedEntries(const Cooccurrence& matrix) : matrix_(matrix) {
  if (!matrix.symmetric()) return;
  cursors_.assign(matrix.offsets(), matrix.offsets() + matrix.rows());
  firstOfColumn_.assign(matrix.rows(), kNone);
  nextInList_.assign(matrix.rows(), kNone);
  for (uint64_t row = 0; row < matrix.rows(); ++row) waitUnderNextColumn(row);
}

void SortedEntries::waitUnderNextColumn(uint64_t row) {
  const uint64_t entry = cursors_[row];
  if (entry == matrix_.offsets()[row + 1]) return;
  const uint32_t column = matrix_.columns()[entry];
  if (column >= row) return;  // the diagonal is given with the row itself
  nextInList_[row] = firstOfColumn_[column];
  firstOfColumn_[column] = static_cast<uint32_t>(row);
}

void SortedEntries::takeRow(std::vector<uint32_t>& columns, std::vector<double>& values) {
  const uint64_t begin = matrix_.offsets()[row_];
  const uint64_t end = matrix_.offsets()[row_ + 1];
  columns.insert(columns.end(), matrix_.columns() + begin, matrix_.columns() + end);
  values.insert(values.end(), matrix_.values() + begin, matrix_.values() + end);
  if (matrix_.symmetric()) {
    std::vector<uint32_t> later;
    for (uint32_t row = firstOfColumn_[row_]; row != kNone; row = nextInList_[row]) later.push_back(row);
    std::sort(later.begin(), later.end());
    for (const uint32_t row : later) {
      columns.push_back(row);
      values.push_back(matrix_.values()[cursors_[row]++]);
      waitUnderNextColumn(row);
    }
  }
  ++row_;
}

}  // namespace wordmill
