#pragma once

#include <arm_neon.h>
#include <stdint.h>

namespace wordmill {
namespace {

using Vec = float32x4_t;
constexpr uint32_t kWidth = 4;
/// Rows whose old and new values fit the registers together with one output row.
constexpr uint32_t kTileRows = 12;
constexpr uint32_t kGemmRows = 8;
constexpr uint32_t kGemmVectors = 3;

inline Vec zero() { return vdupq_n_f32(0.0F); }
inline Vec splat(float value) { return vdupq_n_f32(value); }
inline Vec load(const float* from) { return vld1q_f32(from); }
inline void store(float* to, Vec value) { vst1q_f32(to, value); }
/// To a multiple of the width, past the caches where that can be said.
inline void stream(float* to, Vec value) { store(to, value); }
/// Makes what was streamed visible in order with other stores.
inline void streamed() {}
/// The first `count` < kWidth values, zeros behind them.
inline Vec loadPart(const float* from, uint32_t count) {
  float all[kWidth] = {0.0F, 0.0F, 0.0F, 0.0F};
  for (uint32_t i = 0; i < count; ++i) all[i] = from[i];
  return load(all);
}
inline void storePart(float* to, Vec value, uint32_t count) {
  float all[kWidth];
  store(all, value);
  for (uint32_t i = 0; i < count; ++i) to[i] = all[i];
}

inline Vec add(Vec a, Vec b) { return vaddq_f32(a, b); }
inline Vec sub(Vec a, Vec b) { return vsubq_f32(a, b); }
inline Vec mul(Vec a, Vec b) { return vmulq_f32(a, b); }
inline Vec div(Vec a, Vec b) { return vdivq_f32(a, b); }
/// b where either is NaN, so that a NaN in the second operand stays visible.
inline Vec greater(Vec a, Vec b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
inline Vec smaller(Vec a, Vec b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
/// a * b + c
inline Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }
inline Vec squareRoot(Vec a) { return vsqrtq_f32(a); }
/// 1 / sqrt(a), relative error below 1e-4: the processor's 8 bits, and two steps of Newton's method.
inline Vec inverseRoot(Vec a) {
  Vec guess = vrsqrteq_f32(a);
  guess = mul(guess, vrsqrtsq_f32(mul(a, guess), guess));
  return mul(guess, vrsqrtsq_f32(mul(a, guess), guess));
}
inline Vec chooseByMinus(Vec sign, Vec whenMinus, Vec otherwise) {
  const uint32x4_t minus = vreinterpretq_u32_s32(vshrq_n_s32(vreinterpretq_s32_f32(sign), 31));
  return vbslq_f32(minus, whenMinus, otherwise);
}
inline Vec roundNearest(Vec a) { return vrndnq_f32(a); }
/// a * 2^n for whole n in -126 .. 127.
inline Vec scaleByPower(Vec a, Vec n) {
  const int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
  return mul(a, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)));
}

/// The sums of four vectors, to out[0..3].
inline void sum4(Vec a, Vec b, Vec c, Vec d, float* out) { store(out, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d))); }
inline float sum(Vec a) { return vaddvq_f32(a); }
inline float largest(Vec a) { return vmaxvq_f32(a); }

inline Vec widenF16(const uint16_t* from) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from))); }
inline Vec widenBF16(const uint16_t* from) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(from), 16)); }
inline uint32_t loadFourBytes(const void* from) {
  uint32_t bytes;
  __builtin_memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}
inline Vec widenI8(const int8_t* from) {
  const int8x8_t bytes = vcreate_s8(loadFourBytes(from));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))));
}
/// The low, or the high four bits of kWidth bytes, less 8.
inline Vec widenLowBits(const uint8_t* from) {
  const int8x8_t low = vreinterpret_s8_u8(vand_u8(vcreate_u8(loadFourBytes(from)), vdup_n_u8(15)));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vsubl_s8(low, vdup_n_s8(8)))));
}
inline Vec widenHighBits(const uint8_t* from) {
  const int8x8_t high = vreinterpret_s8_u8(vshr_n_u8(vcreate_u8(loadFourBytes(from)), 4));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vsubl_s8(high, vdup_n_s8(8)))));
}
inline float widenHalf(uint16_t half) {
  return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(half))), 0);
}
inline void prefetchForWrite(const void* address) { __builtin_prefetch(address, 1, 3); }

}  // namespace
}  // namespace wordmill
