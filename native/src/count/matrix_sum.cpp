#include "count/matrix_sum.h"

#include <string>

#include "count/sorted_entries.h"
#include "runtime/error.h"

namespace wordmill {
namespace {

/// Rows of a matrix as it holds them, or whole ones.
class Rows {
 public:
  Rows(const Cooccurrence& matrix, bool whole, double scale)
      : matrix_(matrix), whole_(whole), scale_(scale), all_(matrix) {}

  void take(uint64_t row) {
    columns.clear();
    values.clear();
    if (whole_) {
      all_.takeRow(columns, values);
    } else {
      const uint64_t begin = matrix_.offsets()[row];
      const uint64_t end = matrix_.offsets()[row + 1];
      columns.assign(matrix_.columns() + begin, matrix_.columns() + end);
      values.assign(matrix_.values() + begin, matrix_.values() + end);
    }
    if (scale_ != 1.0) {
      for (double& value : values) value /= scale_;
    }
  }

  std::vector<uint32_t> columns;
  std::vector<double> values;

 private:
  const Cooccurrence& matrix_;
  bool whole_;
  double scale_;
  SortedEntries all_;
};

}  // namespace

std::shared_ptr<const Cooccurrence> addMatrices(const Cooccurrence& a, const Cooccurrence& b, const Storage& storage,
                                                const wm_signal* signal) {
  if (a.rows() != b.rows()) {
    throw optionError("other", "a matrix of " + std::to_string(b.rows()) + " rows cannot be added to one of " +
                                   std::to_string(a.rows()) + ": they are of different vocabularies");
  }
  const bool symmetric = a.symmetric() && b.symmetric();
  const bool sameUnit = a.unit() == b.unit();
  Rows left(a, !symmetric, sameUnit ? 1.0 : a.unit());
  Rows right(b, !symmetric, sameUnit ? 1.0 : b.unit());
  MatrixRows result(storage);
  RowBatch batch;
  constexpr uint64_t batchEntries = uint64_t{1} << 18;
  for (uint64_t row = 0; row < a.rows(); ++row) {
    left.take(row);
    right.take(row);
    const uint64_t before = batch.columns.size();
    for (size_t i = 0, j = 0; i < left.columns.size() || j < right.columns.size();) {
      const uint64_t x = i < left.columns.size() ? left.columns[i] : UINT64_MAX;
      const uint64_t y = j < right.columns.size() ? right.columns[j] : UINT64_MAX;
      const double value = (x <= y ? left.values[i++] : 0.0) + (y <= x ? right.values[j++] : 0.0);
      batch.add(static_cast<uint32_t>(x <= y ? x : y), value);
    }
    batch.lengths.push_back(batch.columns.size() - before);
    if (batch.columns.size() >= batchEntries || row + 1 == a.rows()) {
      throwIfRaised(signal);
      result.append(batch);
      batch = {};
    }
  }
  return std::make_shared<const Cooccurrence>(symmetric, sameUnit ? a.unit() : 1.0, std::move(result));
}

}  // namespace wordmill
