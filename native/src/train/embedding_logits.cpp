// The table of an embedding as an output layer.
#include <algorithm>
#include <vector>

#include "kernels/select.h"
#include "matrix/packed_product.h"
#include "runtime/parallel.h"
#include "train/embedding.h"
#include "train/finite.h"

namespace wordmill {
namespace {

/// Rows of the table, hidden vectors and columns that are multiplied at a time: near enough to be read again from the
/// second level of cache. They are fixed, so sums are made in one order on any number of threads.
constexpr uint64_t kRowsAtOnce = 256;
constexpr uint64_t kHiddenAtOnce = 252;
constexpr uint64_t kColumnsAtOnce = 256;
/// From that many vectors on, packing the table for the matrix product costs less than it saves.
constexpr uint64_t kHiddenForProduct = 8;

uint64_t pieces(uint64_t count, uint64_t piece) { return (count + piece - 1) / piece; }

}  // namespace

void Embedding::logits(const float* hidden, uint64_t count, float* out) const {
  const uint64_t rows = table_->rows();
  const uint64_t columns = table_->columns();
  requireFinite(hidden, count, columns, "hidden", threads_);
  PackedVectors left(PackedVectors::Side::kLeft);
  if (count >= kHiddenForProduct) left.packRows(hidden, columns, count, columns);
  parallelFor(pieces(rows, kRowsAtOnce), threads_, [&](uint64_t piece) {
    const uint64_t first = piece * kRowsAtOnce;
    const uint64_t n = std::min(kRowsAtOnce, rows - first);
    if (count < kHiddenForProduct) {
      for (uint64_t i = 0; i < count; ++i) {
        kernels().dotRows(table_->row(first), table_->rowStride(), kRowF32, n, columns, hidden + i * columns,
                          out + i * rows + first);
      }
      return;
    }
    PackedVectors right(PackedVectors::Side::kRight);
    right.packRows(row(static_cast<uint32_t>(first)), table_->floatStride(), n, columns);
    multiply(left, right, out + first, rows, false);
  });
}

void Embedding::addLogitGradient(const float* hidden, uint64_t count, const float* gradients, float* hiddenGradients) {
  requireFinite(hidden, count, table_->columns(), "hidden", threads_);
  requireFinite(gradients, count, table_->rows(), "gradient", threads_);
  if (count == 0) return;
  if (!frozen_) addLogitGradientOfRows(hidden, count, gradients);
  if (hiddenGradients != nullptr) findHiddenGradients(count, gradients, hiddenGradients);
}

void Embedding::addLogitGradientOfRows(const float* hidden, uint64_t count, const float* gradients) {
  const uint64_t rows = table_->rows();
  const uint64_t columns = table_->columns();
  PackedVectors right(PackedVectors::Side::kRight);
  right.packColumns(hidden, columns, columns, count);
  std::vector<uint32_t> all;
  all.reserve(rows);
  for (uint64_t r = 0; r < rows; ++r) {
    if (r != padding()) all.push_back(static_cast<uint32_t>(r));
  }
  withPlaces(all, [&](uint64_t before) {
    parallelFor(pieces(rows, kRowsAtOnce), threads_, [&](uint64_t piece) {
      const uint64_t first = piece * kRowsAtOnce;
      const uint64_t n = std::min(kRowsAtOnce, rows - first);
      PackedVectors left(PackedVectors::Side::kLeft);
      left.packColumns(gradients + first, rows, n, count);
      std::vector<float> product(n * columns);
      multiply(left, right, product.data(), columns, false);
      for (uint64_t r = 0; r < n; ++r) {
        const uint64_t id = first + r;
        if (id == padding()) continue;
        const uint64_t place = gradient_.placeOf(id > padding() ? id - 1 : id, static_cast<uint32_t>(id));
        float* const to = gradient_.at(place);
        const float* const from = product.data() + r * columns;
        for (uint64_t c = 0; c < columns; ++c) to[c] = (place < before ? to[c] : 0.0F) + from[c];
      }
    });
  });
}

void Embedding::findHiddenGradients(uint64_t count, const float* gradients, float* out) const {
  const uint64_t rows = table_->rows();
  const uint64_t columns = table_->columns();
  const uint64_t slices = pieces(columns, kColumnsAtOnce);
  parallelFor(pieces(count, kHiddenAtOnce) * slices, threads_, [&](uint64_t task) {
    const uint64_t firstHidden = task / slices * kHiddenAtOnce;
    const uint64_t n = std::min(kHiddenAtOnce, count - firstHidden);
    const uint64_t firstColumn = task % slices * kColumnsAtOnce;
    const uint64_t width = std::min(kColumnsAtOnce, columns - firstColumn);
    float* const to = out + firstHidden * columns + firstColumn;
    PackedVectors left(PackedVectors::Side::kLeft);
    PackedVectors right(PackedVectors::Side::kRight);
    for (uint64_t first = 0; first < rows; first += kRowsAtOnce) {
      const uint64_t depth = std::min(kRowsAtOnce, rows - first);
      left.packRows(gradients + firstHidden * rows + first, rows, n, depth);
      right.packColumns(row(static_cast<uint32_t>(first)) + firstColumn, table_->floatStride(), width, depth);
      multiply(left, right, to, columns, first > 0);
    }
  });
}

}  // namespace wordmill
