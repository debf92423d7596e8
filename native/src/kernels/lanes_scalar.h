#pragma once

#include <stdint.h>

#include "kernels/half.inl.h"

namespace wordmill {
namespace {

using Vec = float;
constexpr uint32_t kWidth = 1;
/// Rows whose old and new values fit the registers together with one output row.
constexpr uint32_t kTileRows = 6;
constexpr uint32_t kGemmRows = 4;
constexpr uint32_t kGemmVectors = 2;

inline Vec zero() { return 0.0F; }
inline Vec splat(float value) { return value; }
/// From any address: the rows of a mapped file may start at an odd byte.
inline Vec load(const float* from) {
  Vec value;
  __builtin_memcpy(&value, from, sizeof(value));
  return value;
}
inline void store(float* to, Vec value) { *to = value; }
/// To a multiple of the width, past the caches where that can be said.
inline void stream(float* to, Vec value) { store(to, value); }
/// Makes what was streamed visible in order with other stores.
inline void streamed() {}
/// Never called: a vector of one has no parts.
inline Vec loadPart(const float*, uint32_t) { return 0.0F; }
inline void storePart(float*, Vec, uint32_t) {}

inline Vec add(Vec a, Vec b) { return a + b; }
inline Vec sub(Vec a, Vec b) { return a - b; }
inline Vec mul(Vec a, Vec b) { return a * b; }
inline Vec div(Vec a, Vec b) { return a / b; }
/// b where either is NaN, so that a NaN in the second operand stays visible.
inline Vec greater(Vec a, Vec b) { return a > b ? a : b; }
inline Vec smaller(Vec a, Vec b) { return a < b ? a : b; }
inline Vec squareRoot(Vec a) { return __builtin_sqrtf(a); }
/// 1 / sqrt(a), relative error below 1e-4.
inline Vec inverseRoot(Vec a) { return 1.0F / __builtin_sqrtf(a); }
/// a * b + c
inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
inline Vec chooseByMinus(Vec sign, Vec whenMinus, Vec otherwise) {
  return __builtin_signbit(sign) ? whenMinus : otherwise;
}
/// Adding and taking away 1.5 x 2^23 leaves no fraction bits, for |a| < 2^22.
inline Vec roundNearest(Vec a) { return (a + 12582912.0F) - 12582912.0F; }
/// a * 2^n for whole n in -126 .. 127.
inline Vec scaleByPower(Vec a, Vec n) {
  return a * floatOfBits(static_cast<uint32_t>(static_cast<int32_t>(n) + 127) << 23U);
}

/// The sums of four vectors, to out[0..3].
inline void sum4(Vec a, Vec b, Vec c, Vec d, float* out) {
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}
inline float sum(Vec a) { return a; }
inline float largest(Vec a) { return a; }

inline uint16_t loadHalf(const uint16_t* from) {
  uint16_t value;
  __builtin_memcpy(&value, from, sizeof(value));
  return value;
}
inline Vec widenF16(const uint16_t* from) { return floatOfHalf(loadHalf(from)); }
inline Vec widenBF16(const uint16_t* from) { return floatOfBrain(loadHalf(from)); }
inline Vec widenI8(const int8_t* from) { return static_cast<float>(*from); }
/// The low, or the high four bits of a byte, less 8.
inline Vec widenLowBits(const uint8_t* from) { return static_cast<float>(static_cast<int32_t>(*from & 15U) - 8); }
inline Vec widenHighBits(const uint8_t* from) { return static_cast<float>(static_cast<int32_t>(*from >> 4U) - 8); }
inline float widenHalf(uint16_t half) { return floatOfHalf(half); }
inline void prefetchForWrite(const void* address) { __builtin_prefetch(address, 1, 3); }

}  // namespace
}  // namespace wordmill
