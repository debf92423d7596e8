#pragma once

// Loops over rows: sums, scattered updates, conversion, dot products. Include a lanes header, half.inl.h
// and blocks.inl.h first.

namespace wordmill {
namespace {

inline void sumRows(const float* const* rows, uint32_t count, uint32_t columns, float scale, float* out) {
  const Vec factor = splat(scale);
  for (uint32_t c = 0; c < columns; c += kWidth) {
    Vec total = load(rows[0] + c);
    for (uint32_t i = 1; i < count; ++i) total = add(total, load(rows[i] + c));
    store(out + c, mul(total, factor));
  }
}

inline void addToRows(float* const* rows, const float* factors, uint32_t count, uint32_t columns, const float* delta) {
  for (uint32_t i = 0; i < count; ++i) {
    float* const row = rows[i];
    const Vec factor = splat(factors[i]);
    for (uint32_t c = 0; c < columns; c += kWidth) store(row + c, fma(factor, load(delta + c), load(row + c)));
  }
}

template <RowType Type>
struct Element {
  using type = uint16_t;
};
template <>
struct Element<kRowF32> {
  using type = float;
};
template <>
struct Element<kRowI8> {
  using type = int8_t;
};

template <RowType Type>
inline Vec loadElements(const typename Element<Type>::type* from) {
  if constexpr (Type == kRowF32) return load(from);
  if constexpr (Type == kRowF16) return widenF16(from);
  if constexpr (Type == kRowBF16) return widenBF16(from);
  if constexpr (Type == kRowI8) return widenI8(from);
}

template <RowType Type>
inline Vec loadElementsPart(const typename Element<Type>::type* from, uint32_t count) {
  if constexpr (Type == kRowF32) {
    return loadPart(from, count);
  } else {
    typename Element<Type>::type all[kWidth] = {};
    __builtin_memcpy(all, from, count * sizeof(all[0]));
    return loadElements<Type>(all);
  }
}

/// What all elements of a row are to be multiplied by: the float behind the last of i8.
template <RowType Type>
inline float scaleOfRow(const void* row, uint64_t columns) {
  if constexpr (Type != kRowI8) return 1.0F;
  float scale;
  __builtin_memcpy(&scale, static_cast<const unsigned char*>(row) + columns, sizeof(scale));
  return scale;
}

template <RowType Type>
inline void widenRow(const void* row, uint64_t columns, float* out) {
  const auto* from = static_cast<const typename Element<Type>::type*>(row);
  const Vec scale = splat(scaleOfRow<Type>(row, columns));
  const auto scaled = [scale](Vec value) { return Type == kRowI8 ? mul(value, scale) : value; };
  uint64_t c = 0;
  for (; c + kWidth <= columns; c += kWidth) store(out + c, scaled(loadElements<Type>(from + c)));
  const auto rest = static_cast<uint32_t>(columns - c);
  if (rest > 0) storePart(out + c, scaled(loadElementsPart<Type>(from + c, rest)), rest);
}

inline void widen(const void* row, RowType type, uint64_t columns, float* out) {
  switch (type) {
    case kRowF32:
      return widenRow<kRowF32>(row, columns, out);
    case kRowF16:
      return widenRow<kRowF16>(row, columns, out);
    case kRowBF16:
      return widenRow<kRowBF16>(row, columns, out);
    case kRowI8:
      return widenRow<kRowI8>(row, columns, out);
    case kRowQ8_0:
      return widenBlocks<kRowQ8_0>(row, columns, out);
    case kRowQ4_0:
      return widenBlocks<kRowQ4_0>(row, columns, out);
  }
}

/// A row as multiples -127 .. 127 of its largest magnitude / 127. A row with a number that is not finite has a scale
/// that is none either, so that it is read as NaN.
inline void narrowToI8(const float* row, uint64_t columns, void* out) {
  float largest = 0.0F;
  float total = 0.0F;
  for (uint64_t c = 0; c < columns; ++c) {
    const float magnitude = __builtin_fabsf(row[c]);
    if (magnitude > largest) largest = magnitude;
    total += row[c] * 0.0F;
  }
  const float scale = largest / 127.0F + total;
  auto* const values = static_cast<int8_t*>(out);
  const Vec divisor = splat(scale);
  const bool isUsable = scale > 0.0F && total == 0.0F;
  for (uint64_t c = 0; c < columns; c += kWidth) {
    const auto count = static_cast<uint32_t>(columns - c < kWidth ? columns - c : kWidth);
    float nearest[kWidth];
    const Vec numbers = count == kWidth ? load(row + c) : loadPart(row + c, count);
    store(nearest, roundNearest(smaller(greater(div(numbers, divisor), splat(-127.0F)), splat(127.0F))));
    for (uint32_t i = 0; i < count; ++i) values[c + i] = isUsable ? static_cast<int8_t>(nearest[i]) : int8_t{0};
  }
  __builtin_memcpy(values + columns, &scale, sizeof(scale));
}

/// Storing is bound by the file it goes to, so one value at a time serves.
inline void narrow(const float* row, uint64_t columns, RowType type, void* out) {
  switch (type) {
    case kRowF32:
      __builtin_memcpy(out, row, columns * sizeof(float));
      return;
    case kRowF16:
      for (uint64_t c = 0; c < columns; ++c) {
        const uint16_t half = halfOfFloat(row[c]);
        __builtin_memcpy(static_cast<uint16_t*>(out) + c, &half, sizeof(half));
      }
      return;
    case kRowBF16:
      for (uint64_t c = 0; c < columns; ++c) {
        const uint16_t brain = brainOfFloat(row[c]);
        __builtin_memcpy(static_cast<uint16_t*>(out) + c, &brain, sizeof(brain));
      }
      return;
    case kRowI8:
      return narrowToI8(row, columns, out);
    case kRowQ8_0:
    case kRowQ4_0:
      return;  // no table of these is written
  }
}

/// Four rows at a time against one query, each row with two running sums to hide the latency of fma.
template <RowType Type, uint32_t Rows>
inline void dotFew(const unsigned char* rows, uint64_t stride, uint64_t columns, const float* query, float* out) {
  using T = typename Element<Type>::type;
  const T* row[Rows];
  Vec even[4];
  Vec odd[4];
  for (uint32_t r = 0; r < 4; ++r) even[r] = odd[r] = zero();
  for (uint32_t r = 0; r < Rows; ++r) row[r] = reinterpret_cast<const T*>(rows + r * stride);
  uint64_t c = 0;
  for (; c + 2 * kWidth <= columns; c += 2 * kWidth) {
    const Vec q0 = load(query + c);
    const Vec q1 = load(query + c + kWidth);
    for (uint32_t r = 0; r < Rows; ++r) {
      even[r] = fma(loadElements<Type>(row[r] + c), q0, even[r]);
      odd[r] = fma(loadElements<Type>(row[r] + c + kWidth), q1, odd[r]);
    }
  }
  if (c + kWidth <= columns) {
    const Vec q = load(query + c);
    for (uint32_t r = 0; r < Rows; ++r) even[r] = fma(loadElements<Type>(row[r] + c), q, even[r]);
    c += kWidth;
  }
  const auto rest = static_cast<uint32_t>(columns - c);
  if (rest > 0) {
    const Vec q = loadPart(query + c, rest);
    for (uint32_t r = 0; r < Rows; ++r) odd[r] = fma(loadElementsPart<Type>(row[r] + c, rest), q, odd[r]);
  }
  float four[4];
  sum4(add(even[0], odd[0]), add(even[1], odd[1]), add(even[2], odd[2]), add(even[3], odd[3]), four);
  for (uint32_t r = 0; r < Rows; ++r) {
    out[r] = Type == kRowI8 ? four[r] * scaleOfRow<Type>(row[r], columns) : four[r];
  }
}

template <RowType Type>
inline void dotAll(const void* rows, uint64_t stride, uint64_t count, uint64_t columns, const float* query,
                   float* out) {
  const auto* row = static_cast<const unsigned char*>(rows);
  uint64_t i = 0;
  for (; i + 4 <= count; i += 4, row += 4 * stride) dotFew<Type, 4>(row, stride, columns, query, out + i);
  for (; i < count; ++i, row += stride) dotFew<Type, 1>(row, stride, columns, query, out + i);
}

inline void dotRows(const void* rows, uint64_t stride, RowType type, uint64_t count, uint64_t columns,
                    const float* query, float* out) {
  switch (type) {
    case kRowF32:
      return dotAll<kRowF32>(rows, stride, count, columns, query, out);
    case kRowF16:
      return dotAll<kRowF16>(rows, stride, count, columns, query, out);
    case kRowBF16:
      return dotAll<kRowBF16>(rows, stride, count, columns, query, out);
    case kRowI8:
      return dotAll<kRowI8>(rows, stride, count, columns, query, out);
    case kRowQ8_0:
      return dotBlocks<kRowQ8_0>(rows, stride, count, columns, query, out);
    case kRowQ4_0:
      return dotBlocks<kRowQ4_0>(rows, stride, count, columns, query, out);
  }
}

template <RowType Type>
inline void squareAll(const void* rows, uint64_t stride, uint64_t count, uint64_t columns, float* out) {
  const auto* bytes = static_cast<const unsigned char*>(rows);
  for (uint64_t i = 0; i < count; ++i, bytes += stride) {
    const auto* row = reinterpret_cast<const typename Element<Type>::type*>(bytes);
    Vec total = zero();
    uint64_t c = 0;
    for (; c + kWidth <= columns; c += kWidth) {
      const Vec x = loadElements<Type>(row + c);
      total = fma(x, x, total);
    }
    const auto rest = static_cast<uint32_t>(columns - c);
    if (rest > 0) {
      const Vec x = loadElementsPart<Type>(row + c, rest);
      total = fma(x, x, total);
    }
    const float scale = scaleOfRow<Type>(row, columns);
    out[i] = Type == kRowI8 ? sum(total) * scale * scale : sum(total);
  }
}

inline void squaredLengths(const void* rows, uint64_t stride, RowType type, uint64_t count, uint64_t columns,
                           float* out) {
  switch (type) {
    case kRowF32:
      return squareAll<kRowF32>(rows, stride, count, columns, out);
    case kRowF16:
      return squareAll<kRowF16>(rows, stride, count, columns, out);
    case kRowBF16:
      return squareAll<kRowBF16>(rows, stride, count, columns, out);
    case kRowI8:
      return squareAll<kRowI8>(rows, stride, count, columns, out);
    case kRowQ8_0:
      return squareBlocks<kRowQ8_0>(rows, stride, count, columns, out);
    case kRowQ4_0:
      return squareBlocks<kRowQ4_0>(rows, stride, count, columns, out);
  }
}

}  // namespace
}  // namespace wordmill
