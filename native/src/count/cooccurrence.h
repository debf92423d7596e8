#pragma once

#include <cstdint>
#include <vector>

#include "count/matrix_rows.h"

namespace wordmill {

/// How often words stand near each other: a square matrix in compressed rows, columns ascending in each. Of a symmetric
/// matrix only the entries with column <= row are held.
class Cooccurrence {
 public:
  Cooccurrence(bool symmetric, double unit, MatrixRows rows);

  uint64_t rows() const { return rows_.offsets.size() - 1; }
  /// Entries of the whole matrix.
  uint64_t nonzeros() const { return nonzeros_; }
  /// Entries held.
  uint64_t stored() const { return rows_.columns.size(); }
  bool symmetric() const { return symmetric_; }
  /// A value held is a count times this, so that counts of 1/d are whole numbers.
  double unit() const { return unit_; }
  bool spilled() const { return rows_.columns.spilled() || rows_.values.spilled(); }
  uint64_t bytes() const { return rows_.offsets.bytes() + rows_.columns.bytes() + rows_.values.bytes(); }

  /// Entries of row r are offsets()[r] .. offsets()[r + 1].
  const uint64_t* offsets() const { return rows_.offsets.data(); }
  const uint32_t* columns() const { return rows_.columns.data(); }
  const double* values() const { return rows_.values.data(); }

  /// The count of a pair, 0 where it never occurred.
  double at(uint64_t row, uint64_t column) const;

  struct Neighbour {
    uint32_t column;
    double count;
  };
  /// A whole row by ascending column.
  std::vector<Neighbour> row(uint64_t row) const;

 private:
  double held(uint64_t row, uint64_t column) const;

  bool symmetric_;
  double unit_;
  uint64_t nonzeros_;
  MatrixRows rows_;
};

}  // namespace wordmill
