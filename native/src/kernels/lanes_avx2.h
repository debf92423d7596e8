#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace wordmill {
namespace {

using Vec = __m256;
constexpr uint32_t kWidth = 8;
/// Rows whose old and new values fit the registers together with one output row.
constexpr uint32_t kTileRows = 6;
constexpr uint32_t kGemmRows = 6;
constexpr uint32_t kGemmVectors = 2;

inline Vec zero() { return _mm256_setzero_ps(); }
inline Vec splat(float value) { return _mm256_set1_ps(value); }
inline Vec load(const float* from) { return _mm256_loadu_ps(from); }
inline void store(float* to, Vec value) { _mm256_storeu_ps(to, value); }
/// To a multiple of the width, past the caches.
inline void stream(float* to, Vec value) { _mm256_stream_ps(to, value); }
/// Makes what was streamed visible in order with other stores.
inline void streamed() { _mm_sfence(); }
inline __m256i firstLanes(uint32_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
/// The first `count` < kWidth values, zeros behind them.
inline Vec loadPart(const float* from, uint32_t count) { return _mm256_maskload_ps(from, firstLanes(count)); }
inline void storePart(float* to, Vec value, uint32_t count) { _mm256_maskstore_ps(to, firstLanes(count), value); }

inline Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
inline Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
inline Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
inline Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
/// b where either is NaN, so that a NaN in the second operand stays visible.
inline Vec greater(Vec a, Vec b) { return _mm256_max_ps(a, b); }
inline Vec smaller(Vec a, Vec b) { return _mm256_min_ps(a, b); }
/// a * b + c
inline Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
inline Vec squareRoot(Vec a) { return _mm256_sqrt_ps(a); }
/// 1 / sqrt(a), relative error below 1e-4: the processor's 12 bits are not enough, so one step of Newton's method
/// follows.
inline Vec inverseRoot(Vec a) {
  const Vec guess = _mm256_rsqrt_ps(a);
  const Vec half = mul(mul(splat(-0.5F), a), guess);
  return mul(guess, fma(half, guess, splat(1.5F)));
}
inline Vec chooseByMinus(Vec sign, Vec whenMinus, Vec otherwise) {
  return _mm256_blendv_ps(otherwise, whenMinus, sign);
}
inline Vec roundNearest(Vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/// a * 2^n for whole n in -126 .. 127.
inline Vec scaleByPower(Vec a, Vec n) {
  const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return mul(a, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

/// The sums of four vectors, to out[0..3].
inline void sum4(Vec a, Vec b, Vec c, Vec d, float* out) {
  const Vec pairs = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
}
inline float sum(Vec a) {
  __m128 half = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  half = _mm_add_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}
inline float largest(Vec a) {
  __m128 half = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  half = _mm_max_ps(half, _mm_movehl_ps(half, half));
  return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

inline Vec widenF16(const uint16_t* from) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
inline Vec widenBF16(const uint16_t* from) {
  const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}
inline Vec widenI8(const int8_t* from) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
/// The low, or the high four bits of kWidth bytes, less 8.
inline Vec widenLowBits(const uint8_t* from) {
  const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  return _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_and_si256(bytes, _mm256_set1_epi32(15)), _mm256_set1_epi32(8)));
}
inline Vec widenHighBits(const uint8_t* from) {
  const __m256i bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
  return _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(bytes, 4), _mm256_set1_epi32(8)));
}
inline float widenHalf(uint16_t half) { return _cvtsh_ss(half); }
inline void prefetchForWrite(const void* address) { _mm_prefetch(static_cast<const char*>(address), _MM_HINT_T0); }

}  // namespace
}  // namespace wordmill
