#pragma once

// The inner tile of the packed matrix product. Include a lanes header first.

namespace wordmill {
namespace {

constexpr uint32_t kGemmColumns = kGemmVectors * kWidth;

inline void packPanel(const float* const* rows, uint32_t count, uint64_t depth, uint32_t panel, float* out) {
  for (uint32_t r = 0; r < count; ++r) {
    const float* const from = rows[r];
    for (uint64_t k = 0; k < depth; ++k) out[k * panel + r] = from[k];
  }
  for (uint32_t r = count; r < panel; ++r) {
    for (uint64_t k = 0; k < depth; ++k) out[k * panel + r] = 0.0F;
  }
}

inline void packColumns(const float* matrix, uint64_t stride, uint32_t columns, uint64_t depth, uint32_t panel,
                        float* out) {
  const uint32_t whole = columns / kWidth * kWidth;
  const uint32_t rest = columns - whole;
  for (uint64_t k = 0; k < depth; ++k, matrix += stride, out += panel) {
    for (uint32_t c = 0; c < whole; c += kWidth) store(out + c, load(matrix + c));
    if (rest > 0) storePart(out + whole, loadPart(matrix + whole, rest), rest);
    for (uint32_t c = columns; c < panel; ++c) out[c] = 0.0F;
  }
}

inline void gemmTile(const float* a, const float* b, uint64_t depth, float* c, uint64_t stride, int accumulate) {
  Vec total[kGemmRows][kGemmVectors];
  for (uint32_t r = 0; r < kGemmRows; ++r) {
    for (uint32_t v = 0; v < kGemmVectors; ++v) total[r][v] = zero();
  }
  for (uint64_t k = 0; k < depth; ++k, a += kGemmRows, b += kGemmColumns) {
    Vec column[kGemmVectors];
    for (uint32_t v = 0; v < kGemmVectors; ++v) column[v] = load(b + v * kWidth);
    for (uint32_t r = 0; r < kGemmRows; ++r) {
      const Vec x = splat(a[r]);
      for (uint32_t v = 0; v < kGemmVectors; ++v) total[r][v] = fma(x, column[v], total[r][v]);
    }
  }
  for (uint32_t r = 0; r < kGemmRows; ++r, c += stride) {
    for (uint32_t v = 0; v < kGemmVectors; ++v) {
      float* const to = c + v * kWidth;
      store(to, accumulate != 0 ? add(load(to), total[r][v]) : total[r][v]);
    }
  }
}

}  // namespace
}  // namespace wordmill
