#pragma once

#include <cstdint>
#include <vector>

namespace wordmill {

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

  uint64_t count() const { return count_; }
  uint64_t depth() const { return depth_; }
  uint32_t panel() const { return panel_; }
  const float* panelAt(uint64_t first) const { return values_.data() + first * depth_; }

 private:
  void resize(uint64_t count, uint64_t depth);

  const uint32_t panel_;
  uint64_t count_ = 0;
  uint64_t depth_ = 0;
  std::vector<float> values_;
};

/// out[i * stride + j] (+)= left i . right j, for all of both.
void multiply(const PackedVectors& left, const PackedVectors& right, float* out, uint64_t stride, bool accumulate);

}  // namespace wordmill
