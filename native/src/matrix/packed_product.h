#pragma once

#include <cstdint>
#include <vector>

namespace wordmill {

/// From `first` on, `count` of them.
struct Range {
  uint64_t first;
  uint64_t count;
};

/// Vectors of one depth, interleaved in panels so that the inner tile of a matrix product reads them in one stream.
class PackedVectors {
 public:
  /// For the left side of a product, or the right side.
  enum class Side { kLeft, kRight };

  explicit PackedVectors(Side side);

  /// Vector i is matrix[i * stride ..], `depth` long.
  void packRows(const float* matrix, uint64_t stride, uint64_t count, uint64_t depth);
  /// Vector i is column i of the matrix: element k is matrix[k * stride + i].
  void packColumns(const float* matrix, uint64_t stride, uint64_t count, uint64_t depth);

  /// Room for so many, to be filled part by part, also by several threads. What was packed before is lost.
  void resize(uint64_t count, uint64_t depth);
  /// The first elements of some vectors: of vector first + i, rows[i][0 .. length]. `first` is a multiple of the panel.
  void packPart(const float* const* rows, Range vectors, uint64_t length);
  /// Some elements of all vectors: element first + k of vector i is matrix[k * stride + i].
  void packElements(const float* matrix, uint64_t stride, Range elements);
  float& at(uint64_t vector, uint64_t element) {
    const uint64_t first = vector / panel_ * panel_;
    return values_[first * depth_ + element * panel_ + (vector - first)];
  }

  uint64_t count() const { return count_; }
  uint64_t depth() const { return depth_; }
  uint32_t panel() const { return panel_; }
  const float* panelAt(uint64_t first) const { return values_.data() + first * depth_; }

 private:
  const uint32_t panel_;
  uint64_t count_ = 0;
  uint64_t depth_ = 0;
  std::vector<float> values_;
};

/// out[i * stride + j] (+)= left i . right j, for all of both.
void multiply(const PackedVectors& left, const PackedVectors& right, float* out, uint64_t stride, bool accumulate);

/// The same over some elements of the left vectors and as many of the right ones: those from `leftElement` and
/// `rightElement` on. Out of [0, count) the right vectors `columns` take part, from a multiple of their panel on; out
/// begins with the first of them.
struct ProductPart {
  uint64_t leftElement;
  uint64_t rightElement;
  uint64_t depth;
  Range columns;
};
void multiplyPart(const PackedVectors& left, const PackedVectors& right, const ProductPart& part, float* out,
                  uint64_t stride, bool accumulate);

}  // namespace wordmill
