#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace wordmill {

/// The gradient of a table of which few rows have one: those rows only, each in a place of its own, in the order in
/// which they came.
class SparseGradient {
 public:
  SparseGradient(uint64_t rows, uint64_t columns);

  /// Rows that have a gradient, by place.
  const std::vector<uint32_t>& rows() const { return rows_; }
  uint64_t size() const { return rows_.size(); }
  float* at(uint64_t place) const { return values_ + place * stride_; }
  /// Floats from one place to the next, each of which begins on a cache line.
  uint64_t stride() const { return stride_; }
  uint64_t bytes() const { return capacity_ * stride_ * sizeof(float); }

  /// Gives places to those rows, all different, that have none yet, behind all others. The values there are undefined.
  void add(const std::vector<uint32_t>& rows);
  /// The place of the n-th row that was last given to `add`.
  uint64_t placeOf(uint64_t nth, uint32_t row) const { return isIndexed_ ? places_[row] : nth; }
  /// Takes the last places away again.
  void cutTo(uint64_t size);

 private:
  void reserve(uint64_t places);
  void index();

  const uint64_t tableRows_;
  const uint64_t stride_;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> places_;  // by row, where it is indexed
  bool isIndexed_ = false;
  std::shared_ptr<void> memory_;
  float* values_ = nullptr;
  uint64_t capacity_ = 0;
};

}  // namespace wordmill
