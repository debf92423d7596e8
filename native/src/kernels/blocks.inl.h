#pragma once

// Rows in blocks of 32 numbers, as GGUF files have them: a binary16 scale, then the numbers, of which each is to be
// multiplied by it. q8_0: 32 int8. q4_0: 16 bytes, whose low four bits are the first 16 numbers and whose high four
// bits the others, all plus 8. Include a lanes header first.

namespace wordmill {
namespace {

constexpr uint32_t kBlockNumbers = 32;
static_assert(kBlockNumbers / 2 % kWidth == 0, "a register holds numbers of one half of a block");

template <RowType Type>
constexpr uint64_t kBlockBytes = Type == kRowQ8_0 ? 34 : 18;

inline float scaleOfBlock(const unsigned char* block) {
  uint16_t half;
  __builtin_memcpy(&half, block, sizeof(half));
  return widenHalf(half);
}

/// kWidth numbers from number i on, before they are scaled.
template <RowType Type>
inline Vec loadOfBlock(const unsigned char* block, uint32_t i) {
  const unsigned char* const numbers = block + sizeof(uint16_t);
  if constexpr (Type == kRowQ8_0) return widenI8(reinterpret_cast<const int8_t*>(numbers) + i);
  constexpr uint32_t half = kBlockNumbers / 2;
  return i < half ? widenLowBits(numbers + i) : widenHighBits(numbers + i - half);
}

template <RowType Type>
inline void widenBlocks(const void* row, uint64_t columns, float* out) {
  const auto* block = static_cast<const unsigned char*>(row);
  for (uint64_t c = 0; c < columns; c += kBlockNumbers, block += kBlockBytes<Type>) {
    const Vec scale = splat(scaleOfBlock(block));
    for (uint32_t i = 0; i < kBlockNumbers; i += kWidth) store(out + c + i, mul(loadOfBlock<Type>(block, i), scale));
  }
}

/// Four rows at a time against one query: a block is summed up and scaled once.
template <RowType Type, uint32_t Rows>
inline void dotFewBlocks(const unsigned char* rows, uint64_t stride, uint64_t columns, const float* query, float* out) {
  Vec total[4];
  for (uint32_t r = 0; r < 4; ++r) total[r] = zero();
  const unsigned char* block = rows;
  for (uint64_t c = 0; c < columns; c += kBlockNumbers, block += kBlockBytes<Type>) {
    Vec sums[Rows];
    for (uint32_t r = 0; r < Rows; ++r) sums[r] = zero();
    for (uint32_t i = 0; i < kBlockNumbers; i += kWidth) {
      const Vec q = load(query + c + i);
      for (uint32_t r = 0; r < Rows; ++r) sums[r] = fma(loadOfBlock<Type>(block + r * stride, i), q, sums[r]);
    }
    for (uint32_t r = 0; r < Rows; ++r) total[r] = fma(sums[r], splat(scaleOfBlock(block + r * stride)), total[r]);
  }
  float four[4];
  sum4(total[0], total[1], total[2], total[3], four);
  for (uint32_t r = 0; r < Rows; ++r) out[r] = four[r];
}

template <RowType Type>
inline void dotBlocks(const void* rows, uint64_t stride, uint64_t count, uint64_t columns, const float* query,
                      float* out) {
  const auto* row = static_cast<const unsigned char*>(rows);
  uint64_t i = 0;
  for (; i + 4 <= count; i += 4, row += 4 * stride) dotFewBlocks<Type, 4>(row, stride, columns, query, out + i);
  for (; i < count; ++i, row += stride) dotFewBlocks<Type, 1>(row, stride, columns, query, out + i);
}

template <RowType Type>
inline void squareBlocks(const void* rows, uint64_t stride, uint64_t count, uint64_t columns, float* out) {
  const auto* row = static_cast<const unsigned char*>(rows);
  for (uint64_t r = 0; r < count; ++r, row += stride) {
    Vec total = zero();
    const unsigned char* block = row;
    for (uint64_t c = 0; c < columns; c += kBlockNumbers, block += kBlockBytes<Type>) {
      Vec squares = zero();
      for (uint32_t i = 0; i < kBlockNumbers; i += kWidth) {
        const Vec x = loadOfBlock<Type>(block, i);
        squares = fma(x, x, squares);
      }
      const float scale = scaleOfBlock(block);
      total = fma(squares, splat(scale * scale), total);
    }
    out[r] = sum(total);
  }
}

}  // namespace
}  // namespace wordmill
