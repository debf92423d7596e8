#pragma once

#include <cstdint>
#include <memory>

#include "memory/growing_array.h"

namespace wordmill {

/// How often words stand near each other: a square matrix in compressed rows, columns ascending in each. Of a symmetric
/// matrix only the entries with column <= row are held.
class Cooccurrence {
 public:
  /// Entries of row r are offsets[r] .. offsets[r + 1].
  Cooccurrence(bool symmetric, double unit, std::unique_ptr<uint64_t[]> offsets, uint64_t rows,
               GrowingArray<uint32_t> columns, GrowingArray<double> values);

  uint64_t rows() const { return rows_; }
  /// Entries of the whole matrix.
  uint64_t nonzeros() const { return nonzeros_; }
  /// Entries held.
  uint64_t stored() const { return offsets_[rows_]; }
  bool symmetric() const { return symmetric_; }
  /// A value held is a count times this, so that counts of 1/d are whole numbers.
  double unit() const { return unit_; }
  bool spilled() const { return columns_.spilled() || values_.spilled(); }
  uint64_t bytes() const;

  const uint64_t* offsets() const { return offsets_.get(); }
  const uint32_t* columns() const { return columns_.data(); }
  const double* values() const { return values_.data(); }

  /// The count of a pair, 0 where it never occurred.
  double at(uint64_t row, uint64_t column) const;

 private:
  bool symmetric_;
  double unit_;
  uint64_t rows_;
  uint64_t nonzeros_;
  std::unique_ptr<uint64_t[]> offsets_;
  GrowingArray<uint32_t> columns_;
  GrowingArray<double> values_;
};

}  // namespace wordmill
