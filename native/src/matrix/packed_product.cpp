#include "matrix/packed_product.h"

#include <algorithm>

#include "kernels/select.h"

namespace wordmill {
namespace {

/// The largest tile of any kernel table: rows x columns.
constexpr uint32_t kLargestTile = 14 * 32;
constexpr uint32_t kLargestPanel = 32;
constexpr uint64_t kRowsAtOnce = 16;

}  // namespace

PackedVectors::PackedVectors(Side side) : panel_(side == Side::kLeft ? kernels().gemmRows : kernels().gemmColumns) {}

void PackedVectors::resize(uint64_t count, uint64_t depth) {
  count_ = count;
  depth_ = depth;
  values_.resize((count + panel_ - 1) / panel_ * panel_ * depth);
}

void PackedVectors::packRows(const float* matrix, uint64_t stride, uint64_t count, uint64_t depth) {
  resize(count, depth);
  for (uint64_t first = 0; first < count; first += panel_) {
    const auto rows = static_cast<uint32_t>(std::min<uint64_t>(panel_, count - first));
    const float* pointers[kLargestPanel];
    for (uint32_t r = 0; r < rows; ++r) pointers[r] = matrix + (first + r) * stride;
    packPart(pointers, {first, rows}, depth);
  }
}

void PackedVectors::packColumns(const float* matrix, uint64_t stride, uint64_t count, uint64_t depth) {
  resize(count, depth);
  packElements(matrix, stride, {0, depth});
}

void PackedVectors::packPart(const float* const* rows, Range vectors, uint64_t length) {
  for (uint64_t i = 0; i < vectors.count; i += panel_) {
    const auto count = static_cast<uint32_t>(std::min<uint64_t>(panel_, vectors.count - i));
    kernels().packPanel(rows + i, count, length, panel_, values_.data() + (vectors.first + i) * depth_);
  }
}

void PackedVectors::packElements(const float* matrix, uint64_t stride, Range elements) {
  // A few rows of the matrix at a time, so that what is read of them for one panel is still there for the next.
  for (uint64_t k = 0; k < elements.count; k += kRowsAtOnce) {
    const uint64_t rows = std::min(kRowsAtOnce, elements.count - k);
    for (uint64_t first = 0; first < count_; first += panel_) {
      const auto columns = static_cast<uint32_t>(std::min<uint64_t>(panel_, count_ - first));
      kernels().packColumns(matrix + k * stride + first, stride, columns, rows, panel_,
                            values_.data() + first * depth_ + (elements.first + k) * panel_);
    }
  }
}

void multiply(const PackedVectors& left, const PackedVectors& right, float* out, uint64_t stride, bool accumulate) {
  multiplyPart(left, right, {0, 0, left.depth(), {0, right.count()}}, out, stride, accumulate);
}

void multiplyPart(const PackedVectors& left, const PackedVectors& right, const ProductPart& part, float* out,
                  uint64_t stride, bool accumulate) {
  const Kernels& kernel = kernels();
  for (uint64_t j = 0; j < part.columns.count; j += right.panel()) {
    const uint64_t columns = std::min<uint64_t>(right.panel(), part.columns.count - j);
    const float* const b = right.panelAt(part.columns.first + j) + part.rightElement * right.panel();
    for (uint64_t i = 0; i < left.count(); i += left.panel()) {
      const uint64_t rows = std::min<uint64_t>(left.panel(), left.count() - i);
      const float* const a = left.panelAt(i) + part.leftElement * left.panel();
      float* const to = out + i * stride + j;
      if (rows == left.panel() && columns == right.panel()) {
        kernel.gemmTile(a, b, part.depth, to, stride, accumulate ? 1 : 0);
        continue;
      }
      float edge[kLargestTile];
      kernel.gemmTile(a, b, part.depth, edge, right.panel(), 0);
      for (uint64_t r = 0; r < rows; ++r) {
        for (uint64_t c = 0; c < columns; ++c) {
          float& value = to[r * stride + c];
          value = edge[r * right.panel() + c] + (accumulate ? value : 0.0F);
        }
      }
    }
  }
}

}  // namespace wordmill
